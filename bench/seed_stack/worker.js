// A worker process: the dispatcher makes execution records, the executor runs their three steps.
// One row is inserted or updated per transition, as the seeds describe it.
'use strict';

const { randomUUID } = require('node:crypto');
const { executionQueue, worker } = require('./queues');
const { open } = require('./store');

const concurrency = Number(process.env.CONCURRENCY);
const store = open(process.env.DATABASE_URL, process.env.SYNCHRONOUS, concurrency);
const executions = executionQueue();
const now = () => store.moment(Date.now());

const STEPS = [
  ['pick', (order) => ({ id: order.id, total: order.total })],
  ['large', (picked) => ({ result: picked.total > 5, ...picked })],
  ['note', (picked) => ({ message: `Order ${picked.id}` })],
];

const log = (executionId, message, metadata) =>
  store.write('log', [randomUUID(), executionId, message, JSON.stringify(metadata), now()]);

async function dispatch(job) {
  const id = randomUUID();
  const order = job.data.order ?? { id: 0, total: 10 };
  await store.write('queued', [id, job.data.version, job.data.trigger ?? null, JSON.stringify({ order }), now()]);
  await executions.add('execute', { id, order });
}

async function execute(job) {
  const { id, order } = job.data;
  const began = Date.now();
  await store.write('started', [store.moment(began), id]);
  await log(id, 'Run started', { event: 'started' });
  let output = order;
  for (const [key, run] of STEPS) output = await step(id, key, run, output);
  await log(id, `Order ${order.id}`, { step: 'note' });
  await log(id, 'Run finished', { event: 'completed' });
  await store.write('completed', [JSON.stringify(output), now(), Date.now() - began, id]);
}

async function step(executionId, key, run, input) {
  const id = randomUUID();
  const began = Date.now();
  await store.write('stepStarted', [id, executionId, key, JSON.stringify(input), store.moment(began)]);
  const output = run(input);
  await store.write('stepCompleted', [JSON.stringify(output), now(), Date.now() - began, id]);
  await log(executionId, 'Step finished', { event: 'step_completed', step: key });
  return output;
}

const workers = [
  worker('workflow-dispatch', dispatch, concurrency),
  worker('workflow-execution', execute, concurrency),
];
for (const one of workers) {
  one.on('failed', (_job, error) => console.error(error));
  one.on('error', (error) => console.error(error));
}
Promise.all(workers.map((one) => one.waitUntilReady())).then(() => console.log('ready'));
