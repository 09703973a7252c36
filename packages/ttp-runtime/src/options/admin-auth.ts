import { join } from 'node:path';
import type { Logger } from '@synergos/logging';

/** Authentication of the REST API: by the admin token, which the first start creates, or none. */
export async function readAuth(
  { auth, dataDir }: { readonly auth: 'token' | 'none'; readonly dataDir: string },
  logger: Logger,
): Promise<{ readonly kind: 'none' } | { readonly kind: 'token'; readonly token: string }> {
  if (auth === 'none') return { kind: 'none' };
  const { loadOrCreateAdminToken } = await import('@synergos/artifacts');
  const file = join(dataDir, 'admin-token');
  const { token, created } = await loadOrCreateAdminToken(file);
  if (created) logger.info({ file }, 'created the admin token of the REST API');
  // Shown once, on a terminal only: other outputs may end up in a log.
  if (created && process.stderr.isTTY) process.stderr.write(`\n  admin token: ${token}\n\n`);
  return { kind: 'token', token };
}
