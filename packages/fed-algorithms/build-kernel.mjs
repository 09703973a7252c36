// Compiles kernel/*.ts to WebAssembly and embeds them: who installs the package needs no toolchain.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** Columns lie in memory that threads share; its limits stand in the module. */
const SHARED = ['--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65535', '--enable', 'threads'];

/**
 * @param {'accumulate' | 'columns'} name of a file in kernel/
 * @returns {Promise<Uint8Array>} the same bytes for the same source
 */
export async function compileKernel(name) {
  const source = await readFile(new URL(`./kernel/${name}.ts`, import.meta.url), 'utf8');
  /** @type {Uint8Array | undefined} */
  let binary;
  /** @type {string[]} */
  const complaints = [];
  const { error } = await asc.main(
    [
      `${name}.ts`,
      '-O3',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--enable',
      'simd',
      ...(name === 'columns' ? SHARED : []),
      '-o',
      'kernel.wasm',
    ],
    {
      readFile: (file) => (file === `${name}.ts` ? source : null),
      writeFile: (file, content) => {
        if (file === 'kernel.wasm') binary = /** @type {Uint8Array} */ (content);
      },
      listFiles: () => [],
      stderr: { write: (text) => void complaints.push(String(text)) },
    },
  );
  if (error || binary === undefined)
    throw new Error(`the kernel does not compile: ${complaints.join('')}`, { cause: error });
  return binary;
}

/** The text of src/engines/simd/kernel-binary.ts. */
export async function embedKernels() {
  const [accumulate, columns] = await Promise.all([compileKernel('accumulate'), compileKernel('columns')]);
  return [
    '// Made by build-kernel.mjs from kernel/accumulate.ts and kernel/columns.ts.',
    `export const KERNEL_BASE64 =\n  '${base64(accumulate)}';`,
    `export const COLUMNS_BASE64 =\n  '${base64(columns)}';\n`,
  ].join('\n');
}

/** @param {Uint8Array} binary */
function base64(binary) {
  return Buffer.from(binary).toString('base64');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = new URL('./src/engines/simd/kernel-binary.ts', import.meta.url);
  const text = await embedKernels();
  // Left alone when nothing changed, so that an incremental build stays one.
  if ((await readFile(target, 'utf8').catch(() => '')) !== text) await writeFile(target, text);
}
