/* The API document as a judge: is this answer one that it promises? */
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { tributary } from '../lib/house.mjs';

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
const segments = (path) => path.split('/').filter(Boolean);
const escape = (part) => part.replaceAll('~', '~0').replaceAll('/', '~1');

export class Contract {
  constructor(document) {
    this.document = document;
    this.base = document.servers[0].url;
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(document, 'api');
    this.validators = new Map();
    this.operations = Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method])
      .map((method) => ({ method, path, parts: segments(path), answers: item[method].responses, body: item[method].requestBody, met: 0 })));
  }

  static async ofBinary() {
    const printed = await tributary('openapi');
    if (printed.code !== 0) throw new Error(`openapi: ${printed.err}`);
    return new Contract(JSON.parse(printed.out));
  }

  /* The row with the fewest parameters that fits: /rules/new before /rules/{id}. */
  find(method, path) {
    const asked = segments(path);
    const fits = (parts) => parts.length === asked.length && parts.every((part, i) => part[0] === '{' || part === asked[i]);
    const variables = (operation) => operation.parts.filter((part) => part[0] === '{').length;
    return this.operations.filter((one) => one.method === method.toLowerCase() && fits(one.parts))
      .sort((a, b) => variables(a) - variables(b))[0];
  }

  validator(pointer) {
    if (!this.validators.has(pointer)) this.validators.set(pointer, this.ajv.compile({ $ref: `api#${pointer}` }));
    return this.validators.get(pointer);
  }

  judge(what, pointer, value) {
    const validate = this.validator(pointer);
    if (validate(value)) return [];
    return validate.errors.slice(0, 5).map((one) =>
      `${what}${one.instancePath || ''} ${one.message}${one.params.additionalProperty ? `: ${one.params.additionalProperty}` : ''}`);
  }

  /* What is not as documented, in sentences; none: all is well. Only calls of the API are looked at. */
  check(method, address, answer, sent) {
    const path = address.split('?')[0];
    if (!path.startsWith(`${this.base}/`)) return [];
    const operation = this.find(method, path.slice(this.base.length));
    if (!operation) return answer.status === 404 || answer.status === 405 ? [] : [`${method} ${path} is not documented and answers ${answer.status}`];
    const name = `${method} ${operation.path}`;
    let at = `/paths/${escape(operation.path)}/${operation.method}/responses/${answer.status}`;
    let promised = operation.answers[answer.status];
    if (!promised) return [`${name} answers ${answer.status}, which is not documented`];
    if (promised.$ref) {
      at = promised.$ref.slice(1);
      promised = this.document.components.responses[at.split('/').at(-1)];
    }
    if (answer.status < 400) operation.met++;
    return [...this.checkBody(name, at, promised, answer), ...this.checkSent(name, operation, answer, sent)];
  }

  checkBody(name, at, promised, answer) {
    const type = (answer.headers.get('content-type') ?? '').split(';')[0];
    if (!promised.content) return answer.text ? [`${name} ${answer.status} has a body, which is not documented`] : [];
    if (!promised.content[type]) return [`${name} ${answer.status} answers ${type || 'nothing'}, which is not documented`];
    if (!/json/.test(type)) return [];
    return this.judge(`${name} ${answer.status}: answer`, `${at}/content/${escape(type)}/schema`, answer.json);
  }

  /* What the server takes must be what the document says it takes. */
  checkSent(name, operation, answer, sent) {
    if (answer.status >= 400 || typeof sent?.body !== 'string' || sent.type !== 'application/json') return [];
    if (answer.json?.data?.some?.((one) => one.status >= 400)) return []; /* many at once, and some of them refused */
    if (!operation.body) return sent.body.trim() === '{}' ? [] : [`${name} takes a body, which is not documented`];
    if (!operation.body.content['application/json']) return [`${name} takes JSON, which is not documented`];
    return this.judge(`${name}: body`, `/paths/${escape(operation.path)}/${operation.method}/requestBody/content/application~1json/schema`,
      JSON.parse(sent.body));
  }

  /* Documented and never seen to succeed. */
  missing() {
    return this.operations.filter((one) => !one.met).map((one) => `${one.method.toUpperCase()} ${one.path}`);
  }
}

/* Answers whose fields the document leaves open: nothing could be undocumented in them. */
export function vague(document) {
  const found = [];
  const walk = (schema, at) => {
    if (!schema || schema.$ref) return;
    const types = [schema.type].flat();
    if (types.includes('object') && !schema.properties && !schema.additionalProperties) found.push(at);
    for (const [key, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${at}.${key}`);
    if (schema.items) walk(schema.items, `${at}[]`);
    if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, `${at}{}`);
  };
  for (const [path, item] of Object.entries(document.paths))
    for (const method of METHODS)
      for (const [status, answer] of Object.entries(item[method]?.responses ?? {}))
        if (answer.content?.['application/json'])
          walk(answer.content['application/json'].schema, `${method.toUpperCase()} ${path} ${status}`);
  for (const [name, schema] of Object.entries(document.components.schemas)) walk(schema, name);
  return found;
}
