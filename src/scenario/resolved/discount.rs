//! Discounts, written out.

use super::super::discount::{Agreement, ChargeKind, Discount};
use super::{Writer, percent, text, word};

impl Writer {
    pub(super) fn discount(&mut self, discount: &Discount) {
        self.item("discount", &discount.name);
        self.entry("name", text(&discount.name));
        self.entry("applies_to", word(&ChargeKind::WORDS, discount.applies_to));
        let families = discount.instance_families.iter().map(|family| text(family));
        self.list_if("instance_families", families);
        self.entry("percent", percent(discount.ppm));
        let agreement = discount.agreement.map(|agreement| word(&Agreement::WORDS, agreement));
        self.entry_if("agreement", agreement);
    }
}
