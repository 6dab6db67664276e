import { discordProfile } from '../oauth/legs/profiles.ts'
import type { Provider } from '../oauth/legs/provider.ts'
import { profileFrom } from './profile-from.ts'

/** Work, money and customers. */
export const businessProviders: readonly Provider[] = [
  {
    id: 'paypal',
    name: 'PayPal',
    color: '#003087',
    endpoints: {
      authorize: 'https://www.paypal.com/signin/authorize',
      token: 'https://api-m.paypal.com/v1/oauth2/token',
      userinfo: 'https://api-m.paypal.com/v1/identity/openidconnect/userinfo?schema=openid',
    },
    scopes: ['openid', 'email', 'profile'],
    trustEmail: false,
    clientAuth: 'basic',
    docsUrl: 'https://developer.paypal.com/docs/log-in-with-paypal/',
    profile: profileFrom({ subject: 'user_id', email: 'email', name: 'name' }),
  },
  {
    id: 'intuit',
    name: 'Intuit',
    color: '#2ca01c',
    endpoints: {
      authorize: 'https://appcenter.intuit.com/connect/oauth2',
      token: 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer',
      userinfo: 'https://accounts.platform.intuit.com/v1/openid_connect/userinfo',
    },
    scopes: ['openid', 'email', 'profile'],
    trustEmail: false,
    clientAuth: 'basic',
    docsUrl:
      'https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/openid-connect',
    profile: profileFrom({
      subject: 'sub',
      email: 'email',
      emailVerified: 'emailVerified',
      name: 'givenName',
    }),
  },
  {
    id: 'coinbase',
    name: 'Coinbase',
    color: '#0052ff',
    endpoints: {
      authorize: 'https://login.coinbase.com/oauth2/auth',
      token: 'https://login.coinbase.com/oauth2/token',
      userinfo: 'https://api.coinbase.com/v2/user',
    },
    scopes: ['wallet:user:read', 'wallet:user:email'],
    trustEmail: false,
    docsUrl: 'https://docs.cdp.coinbase.com/coinbase-app/oauth2-integration/overview',
    profile: profileFrom({
      subject: 'data.id',
      email: 'data.email',
      name: 'data.name',
      avatarUrl: 'data.avatar_url',
      username: 'data.username',
    }),
  },
  {
    id: 'gumroad',
    name: 'Gumroad',
    color: '#ff90e8',
    endpoints: {
      authorize: 'https://gumroad.com/oauth/authorize',
      token: 'https://api.gumroad.com/oauth/token',
      userinfo: 'https://api.gumroad.com/v2/user?access_token={accessToken}',
    },
    scopes: ['view_profile'],
    trustEmail: false,
    docsUrl: 'https://gumroad.com/api',
    profile: profileFrom({
      subject: 'user.user_id',
      email: 'user.email',
      name: 'user.name',
      avatarUrl: 'user.profile_url',
    }),
  },
  {
    id: 'hubspot',
    name: 'HubSpot',
    color: '#ff7a59',
    endpoints: {
      authorize: 'https://app.hubspot.com/oauth/authorize',
      token: 'https://api.hubapi.com/oauth/v1/token',
      userinfo: 'https://api.hubapi.com/oauth/v1/access-tokens/{accessToken}',
    },
    scopes: ['oauth'],
    trustEmail: false,
    docsUrl: 'https://developers.hubspot.com/docs/api/working-with-oauth',
    profile: profileFrom({ subject: 'user_id', email: 'user', name: 'user' }),
  },
  {
    id: 'discord',
    name: 'Discord',
    color: '#5865f2',
    endpoints: {
      authorize: 'https://discord.com/oauth2/authorize',
      token: 'https://discord.com/api/oauth2/token',
      userinfo: 'https://discord.com/api/users/@me',
    },
    scopes: ['identify', 'email'],
    trustEmail: true,
    docsUrl: 'https://discord.com/developers/docs/topics/oauth2',
    profile: discordProfile,
  },
]
