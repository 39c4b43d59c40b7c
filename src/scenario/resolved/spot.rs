//! `[spot]` and `[[spot_pool]]`, written out.

use super::super::read::words;
use super::super::spec::{CapacityReservation, ManagedInstances};
use super::super::spot::{PriceHistoryFrom, Spot, SpotDepth, SpotPool, SpotPoolLaws};
use super::{Writer, distribution, duration, float, percent, text, vcpu_quotas, word};

impl Writer {
    pub(super) fn spot(&mut self, s: &Spot) {
        self.table("[spot]", "spot", "spot");
        self.entry("preset", word(&words::SPOT_PRESETS, s.preset));
        self.entry("initial", word(&words::SPOT_INITIALS, s.initial));
        self.spot_laws(&s.pools);
        self.entry("all_lost_percent", percent(s.all_lost_ppm));
        self.entry("partial_loss_beta", float(s.partial_loss_beta));
        self.entry("loss_spread", duration(s.loss_spread));
        self.entry("recommendation_lead", duration(s.recommendation_lead));
        self.entry("notice", duration(s.notice));
        self.entry("deep_pool_percent", s.deep_pool_percent.to_string());
        self.entry_if("vcpu_quota", s.vcpu_quota.map(|quota| quota.to_string()));
        self.entry_if("vcpu_quotas", vcpu_quotas(&s.vcpu_quotas));
        self.entry("free_first_hour", s.free_first_hour.to_string());
        self.entry("price_changes", word(&words::PRICE_CHANGES, s.price_changes));
        self.entry("price_history_from", price_history_from(s.price_history_from));
    }

    pub(super) fn spot_pool(&mut self, pool: &SpotPool) {
        self.item("spot_pool", &pool.instance_type);
        self.entry("instance_type", text(&pool.instance_type));
        self.entry_if("availability_zone", pool.availability_zone.as_deref().map(text));
        self.entry_if("preset", pool.preset.map(|preset| word(&words::SPOT_PRESETS, preset)));
        self.spot_laws(&pool.laws);
    }

    pub(super) fn capacity_reservation(&mut self, reservation: &CapacityReservation) {
        self.item("capacity_reservation", &reservation.instance_type);
        self.entry("instance_type", text(&reservation.instance_type));
        self.entry("availability_zone", text(&reservation.availability_zone));
        self.entry("instance_count", reservation.instance_count.to_string());
    }

    /// A table of one key.
    pub(super) fn reservation_preference(&mut self, m: &ManagedInstances) {
        let preference = word(&words::RESERVATION_PREFERENCES, m.reservation_preference);
        self.entry("capacity_reservations.reservation_preference", preference);
    }

    fn spot_laws(&mut self, laws: &SpotPoolLaws) {
        self.entry_if("available_for", laws.available_for.as_ref().map(distribution));
        self.entry_if("unavailable_for", laws.unavailable_for.as_ref().map(distribution));
        self.entry_if("depth", laws.depth.map(depth));
    }
}

fn depth(value: SpotDepth) -> String {
    match value {
        SpotDepth::Unlimited => text("unlimited"),
        SpotDepth::Between { min, max } if min == max => min.to_string(),
        SpotDepth::Between { min, max } => format!("{{ min = {min}, max = {max} }}"),
    }
}

fn price_history_from(value: PriceHistoryFrom) -> String {
    match value {
        PriceHistoryFrom::Last => text("last"),
        PriceHistoryFrom::At(seconds) => text(&crate::units::timestamp(seconds)),
    }
}
