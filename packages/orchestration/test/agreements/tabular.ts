import type { DatasetDescription } from '@synergos/rpc-core';

export const described: readonly Partial<DatasetDescription>[] = [
  { columns: [{ name: 'age', type: 'numeric' }] },
  { columns: [{ name: 'sex', type: 'category', levels: ['m'] }] },
  { columns: [{ name: 'sex', type: 'category', levels: ['f'] }] },
];
