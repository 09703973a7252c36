// Runs a basic TTP and three workers from the sources, and restarts them after a change: `npm run dev`.
// Records and models stay in .dev/. `npm run dev -- --inspect` opens the inspector of the TTP's process and threads.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.dev');
const [port, dataPort] = [5000, 8020];
const loader = ['--conditions=@synergos/source', '--import', join(root, 'tools/source/register.mjs')];
const DEBOUNCE_MS = 200;

register('./source/hooks.mjs', import.meta.url);
const example = (name) => import(join(root, 'examples/penguins/src', name));
const { islands, writeShards } = await example('penguins.ts');

mkdirSync(folder, { recursive: true });
writeShards(join(folder, 'islands'));
let running = [];
let restart;
/** Counts starts and stops: a start that was overtaken ends. */
let generation = 0;
await start();
for (const parent of ['packages', 'apps'])
  watch(join(root, parent), { recursive: true }, (_event, file) => {
    if (!/\/src\/.*\.ts$/.test(file ?? '') || file.endsWith('.test.ts')) return;
    clearTimeout(restart);
    restart = setTimeout(() => {
      console.log(`\n${file} changed: restarting`);
      void stop().then(start);
    }, DEBOUNCE_MS);
  });
process.once('SIGINT', () => void stop().then(() => process.exit(0)));

async function start() {
  const own = ++generation;
  const data = join(folder, 'ttp');
  const inspect = process.argv.slice(2).filter((argument) => argument.startsWith('--inspect'));
  const folders = ['--data-dir', join(data, 'data'), '--outputs-dir', join(data, 'outputs')];
  run('ttp', inspect, 'apps/basic/src/main.ts', [
    '--port',
    `${port}`,
    '--data-port',
    `${dataPort}`,
    ...folders,
  ]);
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    await delay(DEBOUNCE_MS);
    if (own !== generation) return;
  }
  if (own !== generation) return;
  const tokens = await participants(url, readFileSync(join(data, 'data/admin-token'), 'utf8').trim());
  for (const island of islands)
    run(
      island,
      [],
      'apps/worker/src/main.ts',
      [
        '--id',
        island,
        '--ttp',
        `http://127.0.0.1:${dataPort}`,
        '--data-dir',
        join(folder, 'islands', island),
      ],
      { SYNERGOS_TOKEN: tokens[island], SYNERGOS_OUTPUTS_DIR: join(folder, 'islands', island, 'outputs') },
    );
  console.log(`\nREST API at ${url}, admin token in ${join(data, 'data/admin-token')}\n`);
}

/** Registers the participants once, and returns their tokens. */
async function participants(url, token) {
  const file = join(folder, 'tokens.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const { register: registerAll } = await example('federation.ts');
  const { Driver } = await import('@synergos/driver');
  const tokens = await registerAll(new Driver({ url, token }));
  writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 });
  return tokens;
}

function run(name, options, program, args, env = {}) {
  const child = spawn(process.execPath, [...loader, ...options, join(root, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  child.stdout.on('data', (text) => process.stdout.write(`${text}`.replaceAll(/^(?=.)/gm, `${name} | `)));
  running.push(child);
}

async function stop() {
  generation++;
  const children = running;
  running = [];
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(
    children.map(
      (child) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once('exit', resolve)),
    ),
  );
}
