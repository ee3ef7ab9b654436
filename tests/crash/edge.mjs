/* Raw bytes and crowds against the whole program: edge_shots aims them, and says what came of each. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { House } from '../lib/house.mjs';
import { makeLink } from './storm.mjs';

const house = await House.build();
try {
  await makeLink(house, 'crowd');
  const { port } = new URL(house.base);
  for (const words of [['malformed', port], ['crowd', port, String(house.child.pid)]]) {
    const shots = spawn(join(process.env.BUILD, 'tests/crash/edge_shots'), words, { stdio: ['ignore', 'inherit', 'inherit'] });
    const code = await new Promise((done) => shots.once('exit', done));
    if (code !== 0) process.exitCode = 1;
  }
} finally {
  await house.end();
}
