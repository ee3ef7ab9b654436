/* The pages that people see, each with who sees it. Ids are those of the demo. */
export async function pagesOf(house) {
  const get = async (path) => {
    const answer = await house.call('GET', `/api/v1${path}`, { key: house.api_key });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const first = async (path) => (await get(path)).data[0];
  const partner = (await get('/partners?q=Slow+Cups').catch(() => get('/partners?limit=100'))).data.find((one) => one.name === 'Slow Cups')
    ?? (await get(`/partners?email=${house.people.partner}`)).data[0];
  const [sale, other, refunded, payouts, rule, coupon, link, creative, mail] = await Promise.all([
    first(`/commissions?partner_id=${partner.id}&status=pending`), first('/commissions?status=pending'), first('/commissions?status=reversed'),
    get('/payouts?status=paid'), first('/rules'), first('/coupons'), first(`/links?partner_id=${partner.id}`), first('/creatives'), first('/outbox'),
  ]);
  const payout = await get(`/payouts/${payouts.data[0].id}`);
  const line = payout.lines.find((one) => one.partner_id === partner.id);
  const console = '/manage';
  return {
    nobody: ['/p/kettle-and-kiln', '/p/kettle-and-kiln/terms', '/p/kettle-and-kiln/apply', '/p/kettle-and-kiln/applied', '/sign-in', '/forgot',
      '/nowhere', '/shop', '/shop/p/kyusu', '/shop/checkout?product=kyusu', '/shop/thanks?order=A&product=kyusu', '/docs'],
    owner: [`${console}/today`, `${console}/today?period=90d&plot=clicks`, `${console}/partners`, `${console}/partners/${partner.id}`,
      `${console}/partners/${partner.id}/edit`, `${console}/partners/new`, `${console}/applications`, `${console}/links`, `${console}/coupons`,
      `${console}/coupons/new`, `${console}/coupons/${coupon.id}`, `${console}/creatives`, `${console}/creatives/${creative?.id}`, `${console}/commissions`,
      `${console}/commissions/new`, `${console}/commissions/${other.id}/receipt`, `${console}/commissions/${refunded.id}/receipt`,
      `${console}/conversions`, `${console}/conversions/${other.conversion_id}`, `${console}/conversions/upload`, `${console}/debugger`,
      `${console}/debugger?o=${other.order_id}`, `${console}/rules`, `${console}/rules/new`, `${console}/rules/${rule.id}`, `${console}/payouts`,
      `${console}/payouts/new`, `${console}/payouts/${payout.id}`, `${console}/statements/${line.id}`, `${console}/reports`, `${console}/clicks`,
      `${console}/search?q=cups`, `${console}/search?q=zzzz`, `${console}/program`, `${console}/program/terms`, `${console}/settings`, `${console}/outbox`,
      `${console}/outbox/${mail.id}`, `${console}/people`, `${console}/keys`, `${console}/jobs`, `${console}/audit`, `${console}/me`, `${console}/nowhere`,
      `${console}/commissions?status=held`, `${console}/welcome`],
    partner: ['/portal/home', '/portal/performance', '/portal/links', `/portal/links/${link.id}`, '/portal/coupons', '/portal/creatives', '/portal/commissions',
      `/portal/commissions/${sale.id}/receipt`, '/portal/conversions', `/portal/conversions/${sale.conversion_id}`, '/portal/clicks', '/portal/statements',
      `/portal/statements/${line.id}`, '/portal/profile', '/portal/terms', '/portal/me', '/portal/keys', '/portal/nowhere'],
    viewer: [`${console}/today`, `${console}/payouts/${payout.id}`, `${console}/commissions/${other.id}/receipt`, `${console}/applications`],
  };
}

/* What answers on purpose with something else than 200. */
export const STATUS = { '/nowhere': 404, '/manage/nowhere': 404, '/portal/nowhere': 404 };
