/** One static page: everything is asked for in the browser. */
export const ssr = false
