import { expect, it } from 'vitest';
import { readTls } from './tls.js';

it('names the option of a certificate that cannot be read', async () => {
  const reading = readTls({ tlsCert: '/nowhere/cert.pem', tlsKey: '/nowhere/key.pem' });
  await expect(reading).rejects.toThrow('--tls-cert: /nowhere/cert.pem cannot be read (ENOENT)');
});
