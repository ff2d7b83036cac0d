#include "base/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace renova {
namespace {

using LabelMap = std::map<std::string, std::string>;

LabelMap to_map(Metrics::Labels labels) {
  LabelMap map;
  for (const auto& [name, value] : labels) map.emplace(name, value);
  return map;
}

struct CounterHandle final : Metrics::Counter {
  explicit CounterHandle(prometheus::Counter& c) : inner(c) {}
  void add(double amount) override { inner.Increment(amount); }
  double value() const override { return inner.Value(); }
  prometheus::Counter& inner;
};

struct GaugeHandle final : Metrics::Gauge {
  explicit GaugeHandle(prometheus::Gauge& g) : inner(g) {}
  void set(double value) override { inner.Set(value); }
  void add(double amount) override { inner.Increment(amount); }
  double value() const override { return inner.Value(); }
  prometheus::Gauge& inner;
};

struct HistogramHandle final : Metrics::Histogram {
  explicit HistogramHandle(prometheus::Histogram& h) : inner(h) {}
  void observe(double value) override { inner.Observe(value); }
  prometheus::Histogram& inner;
};

using Key = std::pair<std::string, LabelMap>;

// Finds the handle of a key, or makes it.
template <class Handle, class Make>
Handle& find_or_make(std::map<Key, std::unique_ptr<Handle>>& handles, Key key, Make make) {
  auto& slot = handles[std::move(key)];
  if (!slot) slot = make();
  return *slot;
}

} // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<Key, std::unique_ptr<CounterHandle>> counters;
  std::map<Key, std::unique_ptr<GaugeHandle>> gauges;
  std::map<Key, std::unique_ptr<HistogramHandle>> histograms;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Metrics::Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(impl_->mutex);
  Key key{std::string(name), to_map(labels)};
  return find_or_make(impl_->counters, key, [&] {
    auto& family =
        prometheus::BuildCounter().Name(key.first).Help(std::string(help)).Register(impl_->registry);
    return std::make_unique<CounterHandle>(family.Add(key.second));
  });
}

Metrics::Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(impl_->mutex);
  Key key{std::string(name), to_map(labels)};
  return find_or_make(impl_->gauges, key, [&] {
    auto& family = prometheus::BuildGauge().Name(key.first).Help(std::string(help)).Register(impl_->registry);
    return std::make_unique<GaugeHandle>(family.Add(key.second));
  });
}

Metrics::Histogram& Metrics::histogram(std::string_view name, std::string_view help,
                                       const std::vector<double>& bounds, Labels labels) {
  std::lock_guard lock(impl_->mutex);
  Key key{std::string(name), to_map(labels)};
  return find_or_make(impl_->histograms, key, [&] {
    auto& family =
        prometheus::BuildHistogram().Name(key.first).Help(std::string(help)).Register(impl_->registry);
    return std::make_unique<HistogramHandle>(family.Add(key.second, bounds));
  });
}

const std::vector<double>& Metrics::latency_bounds() {
  static const std::vector<double> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  return bounds;
}

std::string Metrics::expose() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

} // namespace renova
