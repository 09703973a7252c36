// Compiles kernel/accumulate.ts to WebAssembly and embeds it: who installs the package needs no toolchain.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** @returns {Promise<Uint8Array>} the same bytes for the same source */
export async function compileKernel() {
  const source = await readFile(new URL('./kernel/accumulate.ts', import.meta.url), 'utf8');
  /** @type {Uint8Array | undefined} */
  let binary;
  /** @type {string[]} */
  const complaints = [];
  const { error } = await asc.main(
    [
      'accumulate.ts',
      '-O3',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--enable',
      'simd',
      '-o',
      'kernel.wasm',
    ],
    {
      readFile: (name) => (name === 'accumulate.ts' ? source : null),
      writeFile: (name, content) => {
        if (name === 'kernel.wasm') binary = /** @type {Uint8Array} */ (content);
      },
      listFiles: () => [],
      stderr: { write: (text) => void complaints.push(String(text)) },
    },
  );
  if (error || binary === undefined)
    throw new Error(`the kernel does not compile: ${complaints.join('')}`, { cause: error });
  return binary;
}

/** @param {Uint8Array} binary */
export function embed(binary) {
  const base64 = Buffer.from(binary).toString('base64');
  return `// Made by build-kernel.mjs from kernel/accumulate.ts.\nexport const KERNEL_BASE64 =\n  '${base64}';\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = new URL('./src/engines/simd/kernel-binary.ts', import.meta.url);
  const text = embed(await compileKernel());
  // Left alone when nothing changed, so that an incremental build stays one.
  if ((await readFile(target, 'utf8').catch(() => '')) !== text) await writeFile(target, text);
}
