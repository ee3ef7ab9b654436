// The demo shop's own script: tells the checkout that scripts run, and reports the sale on the thank-you page,
// as the snippet in the handbook does.
const checkout = document.querySelector('[data-shop-checkout]');
if (checkout) checkout.elements.script.value = '1';

const sale = document.querySelector('[data-shop-sale]');
if (sale) {
  window.tributary = window.tributary || function () { (tributary.q = tributary.q || []).push(arguments); };
  window.tributary('sale', {
    order_id: sale.dataset.order,
    amount: Number(sale.dataset.amount),
    currency: sale.dataset.currency,
    coupon: sale.dataset.coupon || undefined,
    items: [{ sku: sale.dataset.sku, category: sale.dataset.category, quantity: 1, amount: Number(sale.dataset.amount) }],
  });
}
