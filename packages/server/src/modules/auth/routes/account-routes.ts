import {
  AnonymousRequest,
  ConfirmReply,
  ConfirmRequest,
  ExchangeRequest,
  MailLinkRequest,
  OtpRequest,
  RefreshRequest,
  SessionReply,
  SignInRequest,
  SignUpReply,
  SignUpRequest,
  VerifyRequest,
  authProblems,
} from '@cloudbox/protocol/auth'
import { httpProblems } from '@cloudbox/protocol/http'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { signInAnonymously } from '../flows/anonymous.ts'
import { confirm } from '../flows/confirm.ts'
import { sendEmailCode, verifyEmailCode } from '../flows/email-code.ts'
import { sendPhoneCode, verifyPhoneCode } from '../flows/phone-code.ts'
import { exchange } from '../flows/exchange.ts'
import { recover, resend, sendMagicLink } from '../flows/mail-link.ts'
import { signIn } from '../flows/sign-in.ts'
import { signUp } from '../flows/sign-up.ts'
import { refreshSession } from '../sessions/refresh-session.ts'
import { confirmPage } from './confirm-page.ts'
import type { FlowOf } from '../flows/flow-of.ts'

/** An answer that says nothing, so that it tells nothing. */
const accepted = { status: 202, json: {} }

/** Ways into an account: all of them work without a session. */
export function accountRoutes(flowOf: FlowOf): Route[] {
  return [
    route(
      'POST /auth/sign-up',
      {
        summary: 'Make an account with e-mail and password',
        description:
          'Answers a session, or that a link was mailed. An address that has an account gets the same answer.',
        access: 'key',
        permission: 'accounts.use',
        body: SignUpRequest,
        reply: SignUpReply,
        problems: [authProblems['not-enabled'], authProblems['redirect-not-allowed']],
      },
      async request => {
        const flow = await flowOf(request, 'sign-up', request.body.email)
        return { headers: flow.headers, json: await signUp(flow, request.body) }
      },
    ),
    route(
      'POST /auth/sign-in',
      {
        summary: 'Sign in with e-mail and password',
        access: 'key',
        permission: 'accounts.use',
        body: SignInRequest,
        reply: SessionReply,
        problems: [
          authProblems['wrong-credentials'],
          authProblems['locked-out'],
          authProblems['too-many-requests'],
          authProblems['email-not-verified'],
          authProblems.banned,
          authProblems['not-enabled'],
        ],
      },
      async request => {
        const flow = await flowOf(request, 'sign-in')
        return { headers: flow.headers, json: await signIn(flow, request.body) }
      },
    ),
    route(
      'POST /auth/anonymous',
      {
        summary: 'Make an account without credentials',
        access: 'key',
        permission: 'accounts.use',
        body: AnonymousRequest,
        reply: SessionReply,
        problems: [authProblems['not-enabled']],
      },
      async request => ({ json: await signInAnonymously(await flowOf(request, 'sign-up')) }),
    ),
    route(
      'POST /auth/refresh',
      {
        summary: 'Exchange a refresh token for the next pair of tokens',
        description:
          'A token is good once. Within ten seconds it gives the same successor again; later it ends the session.',
        access: 'key',
        permission: 'accounts.use',
        body: RefreshRequest,
        reply: SessionReply,
        problems: [
          authProblems['refresh-token-invalid'],
          authProblems['refresh-token-reused'],
          authProblems['session-ended'],
        ],
      },
      async request => {
        const { deps, accounts, visitor } = await flowOf(request)
        const ended = (ids: readonly string[]) => deps.ended(accounts.environment, ids)
        const { refreshToken } = request.body
        return { json: await refreshSession(deps.db, accounts, refreshToken, visitor, ended) }
      },
    ),
    route(
      'POST /auth/recover',
      {
        summary: 'Mail a link to set a new password',
        description: 'The answer is the same whether the address has an account or not.',
        access: 'key',
        permission: 'accounts.use',
        body: MailLinkRequest,
      },
      async request => {
        await recover(await flowOf(request, 'mail', request.body.email), request.body)
        return accepted
      },
    ),
    route(
      'POST /auth/resend',
      {
        summary: 'Mail the verification link again',
        access: 'key',
        permission: 'accounts.use',
        body: MailLinkRequest,
      },
      async request => {
        await resend(await flowOf(request, 'mail', request.body.email), request.body)
        return accepted
      },
    ),
    route(
      'POST /auth/otp',
      {
        summary: 'Mail a link or a code that signs in, or send a code to a phone',
        access: 'key',
        permission: 'accounts.use',
        body: OtpRequest,
        problems: [authProblems['not-enabled'], authProblems['messages-not-configured']],
      },
      async request => {
        const { email, phone, kind = 'link', createUser = true, ...body } = request.body
        if (phone !== undefined) {
          await sendPhoneCode(await flowOf(request, 'message', phone), phone, createUser)
          return accepted
        }
        if (email === undefined) throw missing('/email')
        const flow = await flowOf(request, 'mail', email)
        if (kind === 'code') await sendEmailCode(flow, email, createUser)
        else await sendMagicLink(flow, { ...body, email }, createUser)
        return accepted
      },
    ),
    route(
      'POST /auth/verify',
      {
        summary: 'Sign in with a code',
        access: 'key',
        permission: 'accounts.use',
        body: VerifyRequest,
        reply: SessionReply,
        problems: [authProblems['link-invalid'], authProblems['locked-out'], authProblems['not-enabled']],
      },
      async request => {
        const { email, phone, code } = request.body
        if (phone !== undefined)
          return { json: await verifyPhoneCode(await flowOf(request, 'proof'), phone, code) }
        if (email === undefined) throw missing('/email')
        return { json: await verifyEmailCode(await flowOf(request, 'proof'), email, code) }
      },
    ),
    route(
      'GET /auth/confirm',
      { summary: 'The page behind a mailed link', access: 'anyone', hidden: true },
      async request => confirmPage(await flowOf(request)),
    ),
    route(
      'POST /auth/confirm',
      {
        summary: 'Do what a mailed link is for',
        description: 'Sent by the page behind the link, because scanners of mails open links.',
        access: 'anyone',
        body: ConfirmRequest,
        reply: ConfirmReply,
        problems: [authProblems['link-invalid']],
      },
      async request => ({
        json: { redirectTo: await confirm(await flowOf(request, 'confirm'), request.body.token) },
      }),
    ),
    route(
      'POST /auth/exchange',
      {
        summary: 'Exchange the code of a redirect for a session',
        access: 'key',
        permission: 'accounts.use',
        body: ExchangeRequest,
        reply: SessionReply,
        problems: [authProblems['link-invalid']],
      },
      async request => {
        const { code, codeVerifier } = request.body
        return { json: await exchange(await flowOf(request, 'confirm'), code, codeVerifier) }
      },
    ),
  ]
}

function missing(at: string): Problem {
  const errors = [{ at, message: 'is missing' }]
  return new Problem(httpProblems['invalid-request'], `${at} is missing.`, { errors })
}
