import { defineProblems } from './problem.ts'

/** Problems of collections and documents. */
export const dataProblems = defineProblems('data', {
  'unknown-collection': { status: 404, title: 'No such collection' },
  'unknown-document': {
    status: 404,
    title: 'No such document',
    hint: 'It does not exist, or a policy hides it from you.',
  },
  'not-allowed': { status: 403, title: 'A policy does not allow this' },
  'invalid-query': { status: 400, title: 'The query cannot be understood' },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor does not belong to this query',
    hint: 'Send the same query the cursor came from.',
  },
  'invalid-document': { status: 422, title: 'The document does not fit its collection' },
  'filter-needed': {
    status: 400,
    title: 'Changing many documents needs a filter',
    hint: 'Add a filter such as ?id=in.(…), or ?where=true to mean every document.',
  },
  conflict: { status: 409, title: 'Another document has that value' },
  'broken-relation': { status: 409, title: 'A relation would point to nothing' },
  'too-many-rows': { status: 413, title: 'That is more documents than one request may carry' },
  'changed-meanwhile': {
    status: 412,
    title: 'The document changed in the meantime',
    hint: 'Read it again, and decide with what it is now.',
  },
  'exists-already': { status: 412, title: 'There is such a document already' },
  'invalid-precondition': {
    status: 400,
    title: 'The precondition cannot be understood',
    hint: 'Send the etag of an answer with its quotes, or the updatedAt of the document in quotes, or *.',
  },
  'invalid-preference': { status: 400, title: 'A preference cannot be kept' },
  'too-many-affected': {
    status: 400,
    title: 'More documents would change than max-affected allows',
    hint: 'Nothing was written. Narrow the filter, or raise max-affected.',
  },
  'invalid-batch': { status: 422, title: 'The batch cannot be understood' },
  'check-failed': { status: 412, title: 'A check of the batch does not hold' },
  'invalid-idempotency-key': {
    status: 400,
    title: 'The idempotency key cannot be used',
    hint: 'Send 1 to 255 letters, digits or signs of ASCII; a fresh uuid for each request is best.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another request',
    hint: 'Use a key for one request only, and for its repetitions.',
  },
  'invalid-collection': { status: 422, title: 'The collection cannot be defined that way' },
  'collection-exists': { status: 409, title: 'There is a collection of that name' },
  'system-collection': {
    status: 409,
    title: 'The collection belongs to a module of the platform',
    hint: 'Fields, indexes and policies of your own may be added to it.',
  },
  'collection-in-use': { status: 409, title: 'Something else depends on it' },
  'collection-busy': { status: 503, title: 'Other work holds the collection right now' },
  'data-does-not-fit': {
    status: 409,
    title: 'Documents already there do not fit the change',
    hint: 'Nothing was changed. Mend the documents first.',
  },
  'structure-changed': {
    status: 409,
    title: 'The structure is not the one the plan was made for',
    hint: 'Nothing was changed. Make the plan anew, and decide with what it shows now.',
  },
  'invalid-plan': { status: 422, title: 'The plan cannot be carried out' },
  'unknown-plan': {
    status: 404,
    title: 'No such plan was applied here',
    hint: 'Plans are kept with the environment they were applied to.',
  },
  'cannot-undo': {
    status: 409,
    title: 'The plan cannot be undone any more',
    hint: 'Nothing was changed. Make a plan that leads where you want to be.',
  },
  'trash-expired': {
    status: 410,
    title: 'What the plan put into the trash has been removed',
    hint: 'Values are kept for 14 days. A backup may still have them.',
  },
  'too-many-exports': {
    status: 429,
    title: 'Too many exports are running',
    hint: 'Try again when one of them has ended, or read pages of JSON.',
  },
  'too-costly': {
    status: 400,
    title: 'The query would cost more than this environment allows',
    hint: 'Filter or order by fields that have an index, ask for less, or raise maxCost of the limits.',
  },
  'too-slow': {
    status: 503,
    title: 'The query took longer than this environment allows',
    hint: 'Add an index for the filter and order, or ask for less.',
  },
  'environment-occupied': {
    status: 409,
    title: 'The environment to copy into is not empty',
    hint: 'Copy into a new environment.',
  },
  'fake-does-not-fit': { status: 422, title: 'A made-up value does not fit its field' },
})
