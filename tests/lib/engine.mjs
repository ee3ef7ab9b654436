/* What a suite must know of the engine it runs on, in this one place: how a test looks into the store behind the program's
 * back, and what harm to a folder's disk means to who keeps there what. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cluster, isOnCluster, schemaOf } from './house.mjs';

/* A file in the data folder, which suffers with the folder's disk. */
class Embedded {
  static whenFull = 503;

  constructor(data) {
    this.db = new DatabaseSync(join(data, 'tributary.db'));
    this.db.exec('PRAGMA busy_timeout = 5000');
  }

  /* The first column of each row, as text. */
  column(sql) {
    const asked = this.db.prepare(sql);
    asked.setReturnArrays(true);
    asked.setReadBigInts(true);
    return asked.all().map(([first]) => (first === null ? '' : String(first)));
  }

  change(sql) {
    this.db.exec(sql);
  }

  stall() {} /* its disk is the journal's */

  close() {
    this.db.close();
  }
}

/* A schema of the suite's cluster, which knows nothing of the folder's disk. */
class Clustered {
  static whenFull = 201;

  constructor(data) {
    const { LD_PRELOAD, ...plain } = process.env; /* what harms the program is not meant for psql */
    this.env = { ...plain, PGOPTIONS: `-c search_path=${schemaOf(data)}` };
  }

  column(sql) {
    const text = execFileSync('psql', ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', cluster, '-c', sql], { env: this.env, maxBuffer: 1 << 30 }).toString();
    return text ? text.replace(/\n$/, '').split('\n') : [];
  }

  change(sql) {
    this.column(sql);
  }

  /* Commits wait for a standby that nobody has. */
  stall(isSlow) {
    this.change(isSlow ? "ALTER SYSTEM SET synchronous_standby_names = 'nobody'" : 'ALTER SYSTEM RESET synchronous_standby_names');
    this.change('SELECT pg_reload_conf()');
  }

  close() {}
}

/* What stands in the store of this data folder. `whenFull`: what a call that keeps something is answered when the folder's
 * disk is full. `stall`: whether a slow disk makes the store slow, too. */
export const Rows = isOnCluster ? Clustered : Embedded;
