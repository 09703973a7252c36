import { expect, it } from 'vitest';
import { readTls } from './tls.js';

it('a certificate that cannot be read is told with its option', async () => {
  const reading = readTls({ tlsCert: '/nowhere/cert.pem', tlsKey: '/nowhere/key.pem' });
  await expect(reading).rejects.toThrow('--tls-cert: /nowhere/cert.pem cannot be read (ENOENT)');
});
