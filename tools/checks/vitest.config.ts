import { defineConfig } from 'vitest/config';

/** npm, which packs, takes its time on a busy machine. */
export default defineConfig({ test: { testTimeout: 30_000 } });
