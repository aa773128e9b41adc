import type { CandidateDetails } from './candidate.js';
import type { Product } from './catalogue.js';
import type { ClientChoice } from './choose-client.js';
import { chooseProduct } from './choose-product.js';
import { chooseReference } from './choose-reference.js';
import { describeJob } from './describe-job.js';
import { explainEmail, explainName, explainPhone } from './describe-person.js';
import type { Mapping } from './mapping.js';
import { planQuickApp } from './plan-quick-app.js';
import type { Settings } from './settings.js';

/**
 * What would be ordered for a candidate and why, or every reason why nothing is (M12). Pure: the same input gives
 * the same answer, whatever the order of the tags (M13).
 *
 * @param choice which client is ordered under; when that is refused, the rest is mapped all the same, so that the
 *   recruiter learns of every fault at once
 * @param products those of the chosen client; not looked at when there is none
 */
export function mapOrder(
  candidate: CandidateDetails,
  settings: Settings,
  choice: ClientChoice,
  products: readonly Product[],
): Mapping {
  const { client } = choice;
  const product = chooseProduct(candidate, settings, client?.name ?? '', client && products);
  const reference = chooseReference(candidate, settings);
  const name = explainName(candidate.name);
  const email = explainEmail(candidate.emails);
  const phone = explainPhone(candidate.phones);
  const job = describeJob(candidate);
  const quickApp = planQuickApp(settings.quickApp, phone.chosen);

  const choices = [product, reference, name, email, phone, quickApp];
  const explained = {
    values: [
      ...product.values,
      ...choice.values,
      ...reference.values,
      ...name.values,
      ...email.values,
      ...phone.values,
      ...job.values,
      ...quickApp.values,
    ],
    warnings: [...choice.warnings, ...choices.flatMap(({ warnings }) => warnings)],
    refusals: [...(choice.refusal ? [choice.refusal] : []), ...choices.flatMap(({ refusals }) => refusals)],
  };
  const [chosenProduct, chosenName, chosenEmail] = [product.chosen, name.chosen, email.chosen];
  if (!client || !chosenProduct || !chosenName || chosenEmail === null || explained.refusals.length > 0) {
    return { order: null, ...explained };
  }
  return {
    order: {
      product: { guid: chosenProduct.guid, name: chosenProduct.name },
      client: { guid: client.guid, name: client.name },
      reference: reference.chosen,
      applicant: {
        firstName: chosenName.firstName,
        middleName: chosenName.middleName,
        lastName: chosenName.lastName,
        generation: chosenName.generation,
        email: chosenEmail,
        phone: phone.chosen,
        textingEnabled: quickApp.chosen.textingEnabled,
        proposedPosition: job.proposedPosition,
        jobLocation: job.jobLocation,
      },
      notifyApplicant: quickApp.chosen.notifyApplicant,
    },
    ...explained,
  };
}
