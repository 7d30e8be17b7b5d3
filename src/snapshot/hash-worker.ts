import { parentPort, workerData } from 'node:worker_threads';
import { hashShare, type Share } from './hash-share.ts';

// The entry of a hashing thread: started by hash-files.ts, answers once.
parentPort?.postMessage(hashShare(workerData as Share));
