// The two queues of seed 004, kept the way seed 002 keeps its jobs.
'use strict';

const { Queue, Worker } = require('bullmq');

const connection = { path: process.env.REDIS_SOCKET, maxRetriesPerRequest: null };
const KEPT = {
  removeOnComplete: { age: 7 * 24 * 3600, count: 1000 },
  removeOnFail: { age: 7 * 24 * 3600 },
};
const DISPATCH = { ...KEPT, attempts: 3, backoff: { type: 'exponential', delay: 2000 } };
const EXECUTION = { ...KEPT, attempts: 1 };

const queue = (name, defaultJobOptions) => new Queue(name, { connection, defaultJobOptions });
const dispatchQueue = () => queue('workflow-dispatch', DISPATCH);
const executionQueue = () => queue('workflow-execution', EXECUTION);
const worker = (name, work, concurrency) => new Worker(name, work, { connection, concurrency });

module.exports = { dispatchQueue, executionQueue, worker };
