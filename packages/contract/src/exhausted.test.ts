import { expect, it } from 'vitest';
import { whenDescriptorsAllow } from './exhausted.js';

const failing = (code: string, times: number) => {
  let calls = 0;
  return () => {
    calls++;
    return calls > times ? Promise.resolve(calls) : Promise.reject(Object.assign(new Error(code), { code }));
  };
};

it.each(['EMFILE', 'ENFILE', 'EAGAIN'])('repeats after %s until it succeeds', async (code) => {
  expect(await whenDescriptorsAllow(failing(code, 2))).toBe(3);
});

it('passes on other errors at once, and these when its patience ends', async () => {
  await expect(whenDescriptorsAllow(failing('ENOENT', 1))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(whenDescriptorsAllow(failing('EMFILE', 9), 10)).rejects.toMatchObject({ code: 'EMFILE' });
});
