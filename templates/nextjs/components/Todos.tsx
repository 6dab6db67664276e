'use client'

// From here on the code runs in the browser, too: live queries and the session of the user belong there.
export { App as Todos } from './App'
