// Builds `@tensorflow/tfjs-node` without its own servers: the npm package's C++ sources, compiled against the TensorFlow C
// library that PyPI's `tensorflow-cpu` wheel holds.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run, succeeds } from './run.mjs';

const TFJS_NODE = '4.22.0';
const N_API = 8;
/** The newest wheel whose headers compile with the sources as they are; it is read, never imported: any Python 3 will do. */
const WHEEL =
  'tensorflow-cpu==2.15.1 --hash=sha256:54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26';
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const HEADERS = [
  'include/tensorflow/c/',
  'include/tensorflow/core/platform/',
  'include/tensorflow/tsl/',
  'include/tsl/',
];

/** Leaves `@tensorflow/tfjs-node` in `folder`, and a link to it among the installed packages of `root`. */
export function buildTensorFlow(folder, root) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `the wheel is for Linux on x64, this is ${process.platform} on ${process.arch}: npm install @tensorflow/tfjs-node`,
    );
  const tfjsNode = join(folder, 'node_modules/@tensorflow/tfjs-node');
  const binding = join(tfjsNode, `lib/napi-v${N_API}/tfjs_binding.node`);
  if (!existsSync(binding)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const packages = [`@tensorflow/tfjs-node@${TFJS_NODE}`, 'node-api-headers@1'];
    // Their install scripts would fetch a binary, which not every network allows.
    run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...packages]);
    // As in an npm installation next to our packages: one copy, in a parent folder.
    rmSync(join(folder, 'node_modules/@tensorflow/tfjs-core'), { recursive: true });
    unpackWheel(folder, join(tfjsNode, 'deps'));
    compile(folder, tfjsNode, binding);
  }
  const link = join(root, 'node_modules/@tensorflow/tfjs-node');
  rmSync(link, { force: true, recursive: true });
  symlinkSync(relative(dirname(link), tfjsNode), link);
}

/** Puts libraries and headers where the package's own build would look for them. */
function unpackWheel(folder, target) {
  const requirements = join(folder, 'wheel.txt');
  const wheels = join(folder, 'wheel');
  writeFileSync(requirements, `${WHEEL}\n`);
  const from = [
    '--no-deps',
    '--only-binary=:all:',
    '--platform=manylinux2014_x86_64',
    '--python-version=3.11',
  ];
  run(python(folder), ['-m', 'pip', 'download', '--quiet', '--dest', wheels, ...from, '-r', requirements]);
  const [wheel] = readdirSync(wheels);
  const unzip =
    'import sys, zipfile; w = zipfile.ZipFile(sys.argv[1]); [w.extract(n) for n in w.namelist() if n.startswith(tuple(sys.argv[2:]))]';
  const parts = [...LIBRARIES, ...HEADERS].map((part) => `tensorflow/${part}`);
  run('python3', ['-c', unzip, join(wheels, wheel), ...parts], { cwd: wheels });
  mkdirSync(join(target, 'lib'), { recursive: true });
  for (const library of LIBRARIES)
    renameSync(join(wheels, 'tensorflow', library), join(target, 'lib', library));
  renameSync(join(wheels, 'tensorflow/include'), join(target, 'include'));
  rmSync(wheels, { recursive: true });
}

/** The Python that pip is called with: Debian's has none outside of a virtual environment. */
function python(folder) {
  if (succeeds('python3', ['-m', 'pip', '--version'])) return 'python3';
  run('python3', ['-m', 'venv', join(folder, 'venv')]);
  return join(folder, 'venv/bin/python');
}

function compile(folder, tfjsNode, binding) {
  mkdirSync(dirname(binding), { recursive: true });
  const flags = ['-O2', '-std=c++17', '-fPIC', '-shared', `-DNAPI_VERSION=${N_API}`];
  const headers = [join(folder, 'node_modules/node-api-headers/include'), join(tfjsNode, 'deps/include')];
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjsNode, 'binding', name));
  const libraries = [`-L${join(tfjsNode, 'deps/lib')}`, ...LIBRARIES.map((library) => `-l:${library}`)];
  const searched = '-Wl,-rpath,$ORIGIN/../../deps/lib';
  run('g++', [
    ...flags,
    ...headers.map((path) => `-I${path}`),
    ...sources,
    '-o',
    binding,
    ...libraries,
    searched,
  ]);
}
