import type { Provider } from '../oauth/legs/provider.ts'
import { profileFrom } from './profile-from.ts'

/** Where people play. */
export const gameProviders: readonly Provider[] = [
  {
    id: 'kick',
    name: 'Kick',
    color: '#53fc18',
    endpoints: {
      authorize: 'https://id.kick.com/oauth/authorize',
      token: 'https://id.kick.com/oauth/token',
      userinfo: 'https://api.kick.com/public/v1/users',
    },
    scopes: ['user:read'],
    trustEmail: false,
    docsUrl: 'https://docs.kick.com/getting-started/generating-tokens-oauth2-flow',
    profile: profileFrom({
      subject: 'data.0.user_id',
      email: 'data.0.email',
      name: 'data.0.name',
      avatarUrl: 'data.0.profile_picture',
    }),
  },
  {
    id: 'epicgames',
    name: 'Epic Games',
    color: '#313131',
    endpoints: {
      authorize: 'https://www.epicgames.com/id/authorize',
      token: 'https://api.epicgames.dev/epic/oauth/v2/token',
      userinfo: 'https://api.epicgames.dev/epic/oauth/v2/userInfo',
    },
    scopes: ['basic_profile'],
    trustEmail: false,
    clientAuth: 'basic',
    docsUrl: 'https://dev.epicgames.com/docs/web-api-ref/authentication',
    profile: profileFrom({ subject: 'sub', name: 'preferred_username', username: 'preferred_username' }),
  },
  {
    id: 'battlenet',
    name: 'Battle.net',
    color: '#148eff',
    endpoints: {
      authorize: 'https://oauth.battle.net/authorize',
      token: 'https://oauth.battle.net/token',
      userinfo: 'https://oauth.battle.net/userinfo',
    },
    scopes: ['openid'],
    trustEmail: false,
    clientAuth: 'basic',
    docsUrl: 'https://community.developer.battle.net/documentation/guides/using-oauth',
    profile: profileFrom({ subject: 'sub', name: 'battletag', username: 'battletag' }),
  },
  {
    id: 'osu',
    name: 'osu!',
    color: '#ff66aa',
    endpoints: {
      authorize: 'https://osu.ppy.sh/oauth/authorize',
      token: 'https://osu.ppy.sh/oauth/token',
      userinfo: 'https://osu.ppy.sh/api/v2/me',
    },
    scopes: ['identify'],
    trustEmail: false,
    docsUrl: 'https://osu.ppy.sh/docs/',
    profile: profileFrom({ subject: 'id', name: 'username', avatarUrl: 'avatar_url', username: 'username' }),
  },
  {
    id: 'lichess',
    name: 'Lichess',
    color: '#1c1c1c',
    endpoints: {
      authorize: 'https://lichess.org/oauth',
      token: 'https://lichess.org/api/token',
      userinfo: 'https://lichess.org/api/account',
    },
    scopes: [],
    trustEmail: false,
    docsUrl: 'https://lichess.org/api#tag/OAuth',
    profile: profileFrom({ subject: 'id', name: 'username', username: 'username' }),
  },
]
