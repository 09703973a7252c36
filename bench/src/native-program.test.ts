import { expect, it } from 'vitest';
import { NoCompiler, startNative } from './native-program.js';

it('names the missing compiler', async () => {
  const start = startNative({ source: 'accumulate.c', flags: [], args: [], compiler: 'no-such-compiler' });
  await expect(start).rejects.toThrow(NoCompiler);
  await expect(start).rejects.toThrow(/'no-such-compiler' on the PATH/);
});
