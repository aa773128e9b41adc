import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OpenDoor } from '../platform/access/access-guard.js';
import { Throttle } from '../platform/access/throttle.js';
import { consentPage, PAGE_HEADERS } from './consent-pages.js';
import { LeverOAuth } from './lever-oauth.js';

/** Where Lever's consent page sends people back to. Open to all: only an unused state does anything (I4). */
@ApiExcludeController()
@OpenDoor(true)
@Controller('oauth/lever/callback')
export class LeverCallbackController {
  constructor(
    private readonly oauth: LeverOAuth,
    private readonly throttle: Throttle,
  ) {}

  @Get()
  async receive(
    @Req() request: FastifyRequest,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.throttle.admitAddress(request.ip);
    // HEAD comes here too; a program that looks where a link leads must not use it up.
    const outcome =
      request.method === 'GET'
        ? await this.oauth.complete({
            state: textOf(query['state']),
            code: textOf(query['code']),
            error: textOf(query['error']),
          })
        : 'link_not_valid';
    const { status, html } = consentPage(outcome);
    await reply.status(status).headers(PAGE_HEADERS).send(html);
  }
}

/** A parameter that is given twice is a list, and counts as none. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= 2_000 ? value : undefined;
