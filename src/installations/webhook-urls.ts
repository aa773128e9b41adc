/** Where Lever and VICTIG send what concerns one installation. */
export const webhookUrls = (
  publicUrl: string,
  installationId: string,
): { lever: string; victig: string } => ({
  lever: `${publicUrl}/webhooks/lever/${installationId}`,
  victig: `${publicUrl}/webhooks/victig/${installationId}`,
});
