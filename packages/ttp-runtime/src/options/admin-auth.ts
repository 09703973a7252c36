import { join } from 'node:path';
import type { Logger } from '@synergos/logging';

/** How callers of the REST API show who they are: by the admin token, made at the first start, or not at all. */
export async function readAuth(
  { auth, dataDir }: { readonly auth: 'token' | 'none'; readonly dataDir: string },
  logger: Logger,
): Promise<{ readonly kind: 'none' } | { readonly kind: 'token'; readonly token: string }> {
  if (auth === 'none') return { kind: 'none' };
  const { loadOrCreateAdminToken } = await import('@synergos/artifacts');
  const file = join(dataDir, 'admin-token');
  const { token, created } = await loadOrCreateAdminToken(file);
  if (created) logger.info({ file }, 'an admin token was made; it opens the REST API');
  // Shown once, to a person: what is not a terminal may end in a log.
  if (created && process.stderr.isTTY) process.stderr.write(`\n  admin token: ${token}\n\n`);
  return { kind: 'token', token };
}
