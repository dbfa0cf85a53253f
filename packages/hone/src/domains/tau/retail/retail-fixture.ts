/** A shop of a few rows in the shape of τ²-bench's, for tests. */
import type { RetailData } from "../../../data/tau2/retail-data.ts";

const address = {
  address1: "1 Main Street",
  address2: "",
  city: "Paris",
  country: "FR",
  state: "",
  zip: "100",
};

const variant = (id: string, price: number, available = true) => ({
  ...{ item_id: id, options: { color: id }, available, price },
});

const item = (id: string, price: number) => ({
  ...{ name: "Lamp", product_id: "p1", item_id: id, price, options: { color: id } },
});

const paid = (amount: number, method: string) => ({
  ...{ transaction_type: "payment", amount, payment_method_id: method },
});

/** One product of four variants, one user with three methods of payment, and a pending and a delivered order. */
export const retailFixture: RetailData = {
  products: {
    p1: {
      name: "Lamp",
      product_id: "p1",
      variants: {
        a1: variant("a1", 10),
        a2: variant("a2", 20.1),
        a3: variant("a3", 25),
        a4: variant("a4", 5, false),
      },
    },
  },
  users: {
    ann: {
      user_id: "ann",
      name: { first_name: "Ann", last_name: "Lee" },
      address,
      email: "ann@x.org",
      payment_methods: {
        gift_1: { source: "gift_card", id: "gift_1", balance: 5.25 },
        card_1: { source: "credit_card", id: "card_1", brand: "visa", last_four: "1234" },
        paypal_1: { source: "paypal", id: "paypal_1" },
      },
      orders: ["#W1", "#W2"],
    },
  },
  orders: {
    "#W1": {
      order_id: "#W1",
      user_id: "ann",
      address,
      items: [item("a1", 10), item("a2", 20.1)],
      status: "pending",
      fulfillments: [],
      payment_history: [paid(30.1, "gift_1")],
    },
    "#W2": {
      order_id: "#W2",
      user_id: "ann",
      address,
      items: [item("a1", 10)],
      status: "delivered",
      fulfillments: [{ tracking_id: ["1"], item_ids: ["a1"] }],
      payment_history: [paid(10, "card_1")],
    },
  },
};
