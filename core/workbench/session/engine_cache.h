// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "core/quantize/variant/variant.h"
#include "core/workbench/settings/engine_use.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace bitloom {

/// An engine that belongs to the holder until the lease dies.
class EngineLease {
public:
    Engine& engine() const { return *m_held->engine; }
    const std::string& notice() const { return m_held->notice; }
    EngineUse use() const
    {
        const Engine& used = *m_held->engine;
        return {used.id(), used.description(), used.weightBytes(), m_held->notice};
    }

private:
    friend class EngineCache;
    struct Held {
        std::timed_mutex busy;
        std::unique_ptr<Engine> engine;
        std::string notice;
    };
    EngineLease(std::shared_ptr<Held> held, std::unique_lock<std::timed_mutex> lock)
        : m_held(std::move(held))
        , m_lock(std::move(lock))
    {
    }
    std::shared_ptr<Held> m_held; // outlives the lock
    std::unique_lock<std::timed_mutex> m_lock;
};

/// Keeps the last engine of the original and the last of a variant, since making one decodes all
/// weights. Thread safe; the engines themselves serve one holder at a time.
class EngineCache {
public:
    EngineCache(std::shared_ptr<const Model> model, EngineFactory factory);

    /// The engine of a variant (nullopt: the original). Waits while another holds it; nullopt when
    /// stopped meanwhile. Whoever needs both asks for the original first.
    std::optional<EngineLease> lease(const std::optional<Variant>& variant,
                                     const std::string& wanted, Progress& progress);

private:
    struct Key {
        VariantKey variant;
        std::string wanted;
        bool operator==(const Key&) const = default;
    };
    struct Entry {
        Key key;
        std::shared_ptr<EngineLease::Held> held;
    };
    std::shared_ptr<EngineLease::Held> entry(Entry& entry, const Key& key);
    void make(EngineLease::Held& held, const std::optional<Variant>& variant,
              const std::string& wanted) const;

    std::shared_ptr<const Model> m_model;
    EngineFactory m_factory;
    std::mutex m_mutex; ///< guards what follows
    Entry m_original;
    Entry m_quantized;
};

} // namespace bitloom
