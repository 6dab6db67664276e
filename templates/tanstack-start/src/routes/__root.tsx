import { createRootRoute, HeadContent, Outlet, Scripts } from '@tanstack/react-router'
import style from '../style.css?url'

export const Route = createRootRoute({
  head: () => ({
    meta: [
      { charSet: 'utf-8' },
      { name: 'viewport', content: 'width=device-width, initial-scale=1' },
      { title: 'Todos' },
    ],
    links: [
      { rel: 'stylesheet', href: style },
      { rel: 'icon', href: '/favicon.svg' },
    ],
  }),
  component: Root,
})

function Root() {
  return (
    <html lang="en">
      <head>
        <HeadContent />
      </head>
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  )
}
