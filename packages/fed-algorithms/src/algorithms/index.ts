import type { Algorithm } from '../algorithm.js';
import { fedSplit } from './fedsplit.js';
import { fedGkt } from './fedgkt.js';
import { fedSwarm } from './fedswarm.js';
import { fedPrune } from './fedprune.js';
import { ditto } from './ditto.js';
import { fedAdagrad } from './fedadagrad.js';
import { fedAdam } from './fedadam.js';
import { fedAsync } from './fedasync.js';
import { fedAvg } from './fedavg.js';
import { fedAvgM } from './fedavgm.js';
import { fedBn } from './fedbn.js';
import { fedBuff } from './fedbuff.js';
import { fedDyn } from './feddyn.js';
import { fedNova } from './fednova.js';
import { fedProx } from './fedprox.js';
import { fedYogi } from './fedyogi.js';
import { qFedAvg } from './q-fedavg.js';
import { scaffold } from './scaffold.js';

/** The algorithms that come with this package. */
export const builtIn: readonly Algorithm[] = [
  fedAvg,
  fedProx,
  fedAvgM,
  fedAdagrad,
  fedAdam,
  fedYogi,
  scaffold,
  fedNova,
  fedDyn,
  qFedAvg,
  fedBn,
  ditto,
  fedBuff,
  fedAsync,
  fedSplit,
  fedGkt,
  fedSwarm,
  fedPrune,
];

export {
  fedSplit,
  fedGkt,
  fedSwarm,
  fedPrune,
  ditto,
  fedAdagrad,
  fedAdam,
  fedAsync,
  fedAvg,
  fedAvgM,
  fedBn,
  fedBuff,
  fedDyn,
  fedNova,
  fedProx,
  fedYogi,
  qFedAvg,
  scaffold,
};
