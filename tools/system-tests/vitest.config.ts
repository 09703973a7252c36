import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { globalSetup: '../../packages/artifacts/test/postgres-setup.ts' } });
