// Counters, gauges and histograms for Prometheus. Handles are cheap to copy and live as long as the registry.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace renova {

class Metrics {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  class Counter {
   public:
    virtual ~Counter() = default;
    virtual void add(double amount = 1) = 0;
    virtual double value() const = 0;
  };
  class Gauge {
   public:
    virtual ~Gauge() = default;
    virtual void set(double value) = 0;
    virtual void add(double amount) = 0;
    virtual double value() const = 0;
  };
  class Histogram {
   public:
    virtual ~Histogram() = default;
    virtual void observe(double value) = 0;
  };

  Metrics();
  ~Metrics();

  // The same name and labels give the same object. Names: DESIGN's messages_sent_total, queue_size, …; unit
  // in the name. Labels come from closed lists only (route patterns, states, error codes): never ids, names
  // or phones.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                       Labels labels = {});

  // Bounds in seconds from half a millisecond to ten seconds.
  static const std::vector<double>& latency_bounds();

  // Prometheus text exposition format 0.0.4.
  std::string expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace renova
