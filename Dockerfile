# The service and nothing else. How to build and run it, and what was checked: docs/operating.md.
#   docker build --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" -t lever-victig:0.1.0 .
ARG NODE_IMAGE=node:24-slim

# Compiles with all dependencies; of this stage only dist goes on.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without install scripts: the npm package `node` would bring a second Node, and `prepare` would build before src is here.
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
# The service alone: the sandbox and its page are not even here.
RUN npm run build:service

# What runs in production, as docs/dependencies.md lists it. Optional ones are for other run times than Node, and would
# bring the TypeScript compiler, which a peer of ours may use.
FROM ${NODE_IMAGE} AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional
# By its own --omit npm would leave out a third of what is installed.
RUN npm pkg delete devDependencies && npm sbom --sbom-format=cyclonedx > sbom.json

FROM ${NODE_IMAGE}
# Nothing is installed in a running container, so that npm and yarn would only be there for an intruder.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
  /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn*
WORKDIR /app
COPY --from=production /app/node_modules ./node_modules
COPY --from=production /app/sbom.json ./
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
# The user `node` of the image, by number: Kubernetes cannot tell that a name is not root. It owns no file here.
USER 1000:1000
EXPOSE 3000
# A start may take 180 s, when it waits for another replica that migrates; then it ends by itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Not by npm, which would stand between the process and its signals.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=8", "--heap-growing-percent=75", "dist/main.js"]

# At the end, for they change with each commit and would have every layer after them built anew.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="lever-victig" \
  org.opencontainers.image.description="Joins the Lever applicant tracking system to VICTIG background screening" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
