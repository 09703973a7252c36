import pico from 'picocolors';
import type { Job } from '../types.js';

export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  state(state: Job['state']): string;
}

export function createStyle(colours: boolean): Style {
  const colour = pico.createColors(colours);
  const states = {
    queued: colour.dim,
    running: colour.cyan,
    completed: colour.green,
    failed: colour.red,
    cancelled: colour.yellow,
  };
  return {
    dim: colour.dim,
    bold: colour.bold,
    state: (state) => (states[state] ?? String)(state),
  };
}
