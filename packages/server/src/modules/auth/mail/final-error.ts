/** An error that another attempt would not mend. */
export class FinalError extends Error {}
