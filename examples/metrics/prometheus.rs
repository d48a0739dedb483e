//! The metrics of a verifier for Prometheus. Copy it into a service.

use std::{fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _, text::encode},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
    },
    registry::{Registry, Unit},
};
use token_core::policy::CompiledPolicy;
use token_issue::{
    Distrusted, Health, Metrics, Verifier,
    metrics::{Limit, Limited, Miss, Polled, Revocations, WarmUp},
};

/// The type of [`Text::write`].
pub(crate) const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A label is the name of a kind, of a cause or of a limit. There are few of each, and none comes from a request.
type By<const N: usize> = [(&'static str, &'static str); N];

/// What is told to it, it counts.
pub(crate) struct Prometheus {
    registry: Registry,
    hears: Arc<Hears>,
}

struct Hears {
    misses: Family<By<2>, Counter>,
    miss_seconds: Family<By<1>, Histogram>,
    limited: Family<By<2>, Counter>,
    polls: Family<By<1>, Counter>,
    poll_seconds: Histogram,
    lease_left: Histogram,
    revocations: Family<By<1>, Counter>,
    revocation_seconds: Histogram,
    distrusted: Counter,
    warm_up_rows: Gauge,
    warm_up_seconds: Gauge<f64, std::sync::atomic::AtomicU64>,
}

impl Prometheus {
    pub(crate) fn new(policy: &CompiledPolicy) -> Self {
        let mut registry = Registry::with_prefix("tokens");
        let hears = Hears::new();
        hears.register(&mut registry);
        // A counter that is not there yet cannot be seen to grow.
        for kind in policy.kinds.iter().filter(|kind| kind.format.is_some()) {
            for limit in [Limit::Unknown, Limit::Waiting] {
                let _ =
                    hears.limited.get_or_create(&[("kind", kind.name), ("limit", limit.name())]);
            }
        }
        let _ = hears.polls.get_or_create(&[("outcome", "failed")]);
        Self { registry, hears: Arc::new(hears) }
    }

    /// For the options of a verifier.
    pub(crate) fn hears(&self) -> Arc<dyn Metrics> {
        Arc::clone(&self.hears) as Arc<dyn Metrics>
    }

    /// With what the verifier itself counts, once there is one.
    pub(crate) fn and_counts_of(mut self, verifier: Verifier) -> Text {
        self.registry.register_collector(Box::new(Counted(verifier)));
        Text(Arc::new(self.registry))
    }
}

/// All of it, as Prometheus reads it.
#[derive(Clone)]
pub(crate) struct Text(Arc<Registry>);

impl Text {
    pub(crate) fn write(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.0) {
            Ok(()) => text,
            Err(_) => String::new(),
        }
    }
}

impl Hears {
    fn new() -> Self {
        Self {
            misses: Family::default(),
            miss_seconds: Family::new_with_constructor(seconds),
            limited: Family::default(),
            polls: Family::default(),
            poll_seconds: seconds(),
            lease_left: Histogram::new([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
            revocations: Family::default(),
            revocation_seconds: seconds(),
            distrusted: Counter::default(),
            warm_up_rows: Gauge::default(),
            warm_up_seconds: Gauge::default(),
        }
    }

    fn register(&self, to: &mut Registry) {
        to.register("misses", "tokens that memory lacked, by what they got", self.misses.clone());
        let waited = "how long who presented such a token waited";
        to.register_with_unit("miss", waited, Unit::Seconds, self.miss_seconds.clone());
        to.register("limited", "questions that were not asked", self.limited.clone());
        to.register("polls", "questions for revocations, by their end", self.polls.clone());
        to.register_with_unit(
            "poll",
            "how long they took",
            Unit::Seconds,
            self.poll_seconds.clone(),
        );
        let left = "what a poll has left of the lease";
        to.register_with_unit("lease_left", left, Unit::Seconds, self.lease_left.clone());
        to.register("revocations", "revocations that were heard of", self.revocations.clone());
        let age = "how old they were at most";
        to.register_with_unit(
            "revocation_age",
            age,
            Unit::Seconds,
            self.revocation_seconds.clone(),
        );
        let distrusted = "answers of a registry that lacks revocations or may lack them";
        to.register("distrusted", distrusted, self.distrusted.clone());
        to.register("warm_up_rows", "tokens that it began with", self.warm_up_rows.clone());
        let took = "how long reading them took";
        to.register_with_unit("warm_up", took, Unit::Seconds, self.warm_up_seconds.clone());
    }
}

/// From 50 microseconds to 1.6 seconds.
fn seconds() -> Histogram {
    Histogram::new((0..16).map(|step| 50e-6 * f64::from(1 << step)))
}

impl Metrics for Hears {
    fn miss(&self, miss: &Miss) {
        let outcome = miss.refused.map_or("accepted", |why| why.name());
        self.misses.get_or_create(&[("kind", miss.kind), ("outcome", outcome)]).inc();
        self.miss_seconds.get_or_create(&[("kind", miss.kind)]).observe(miss.took.as_secs_f64());
    }

    fn limited(&self, limited: &Limited) {
        let labels = [("kind", limited.kind), ("limit", limited.limit.name())];
        self.limited.get_or_create(&labels).inc();
    }

    fn polled(&self, polled: &Polled<'_>) {
        let outcome = if polled.error.is_none() { "answered" } else { "failed" };
        self.polls.get_or_create(&[("outcome", outcome)]).inc();
        self.poll_seconds.observe(polled.took.as_secs_f64());
        self.lease_left.observe(polled.lease_left.as_secs_f64());
    }

    fn revoked(&self, revocations: &Revocations) {
        for (what, number) in [("token", revocations.tokens), ("rule", revocations.rules)] {
            self.revocations.get_or_create(&[("what", what)]).inc_by(number as u64);
        }
        if let Some(age) = revocations.no_older_than {
            self.revocation_seconds.observe(age.as_secs_f64());
        }
    }

    fn distrusted(&self, _: &Distrusted) {
        self.distrusted.inc();
    }

    fn warmed_up(&self, warm_up: &WarmUp) {
        self.warm_up_rows.set(i64::try_from(warm_up.rows).unwrap_or(i64::MAX));
        self.warm_up_seconds.set(warm_up.took.as_secs_f64());
    }
}

/// Read when Prometheus asks, since a hit must not wait for it.
struct Counted(Verifier);

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let counts = self.0.counts();
        counter(&mut encoder, "hits", "tokens that were accepted from memory", counts.hits())?;
        let gauges = [
            ("remembered", "tokens in memory", self.0.remembered() as f64),
            ("is_ready", "1 if memory may answer", f64::from(self.0.health() == Health::Ready)),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            let to = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(to)?;
        }
        let refused = ConstCounter::new(0_u64).metric_type();
        let mut family = encoder.encode_descriptor(
            "refused",
            "tokens that were refused, by cause",
            None,
            refused,
        )?;
        for (cause, number) in counts.refused() {
            ConstCounter::new(number).encode(family.encode_family(&[("cause", cause)])?)?;
        }
        Ok(())
    }
}

fn counter(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, number: u64) -> fmt::Result {
    let counter = ConstCounter::new(number);
    let metric = to.encode_descriptor(name, help, None, counter.metric_type())?;
    counter.encode(metric)
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counted").field(&self.0).finish()
    }
}
