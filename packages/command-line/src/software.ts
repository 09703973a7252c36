import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const GIT_TIMEOUT_MS = 2000;

export const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

/** Tags of tracked runs: version of the program, and its commit if it runs from a checkout. */
export async function softwareTags(program: string): Promise<Readonly<Record<string, string>>> {
  const commit = process.env.SYNERGOS_GIT_COMMIT ?? (await checkedOutCommit());
  return {
    'mlflow.source.type': 'PROJECT',
    'mlflow.source.name': program,
    'synergos.version': version,
    'synergos.node_version': process.version,
    ...(commit === undefined ? {} : { 'mlflow.source.git.commit': commit }),
  };
}

/** Undefined without a checkout or git. */
async function checkedOutCommit(): Promise<string | undefined> {
  // Inside another project's dependencies, the commit would be that project's.
  if (import.meta.dirname.includes('node_modules')) return undefined;
  const git = ['-C', import.meta.dirname, 'rev-parse', 'HEAD'];
  return promisify(execFile)('git', git, { timeout: GIT_TIMEOUT_MS }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
