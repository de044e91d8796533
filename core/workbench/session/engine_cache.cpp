// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/engine_cache.h"

#include <chrono>

namespace bitloom {

EngineCache::EngineCache(std::shared_ptr<const Model> model, EngineFactory factory)
    : m_model(std::move(model))
    , m_factory(std::move(factory))
{
}

std::shared_ptr<EngineLease::Held> EngineCache::entry(Entry& entry, const Key& key)
{
    const std::scoped_lock lock(m_mutex);
    if (!entry.held || !(entry.key == key))
        entry = {key, std::make_shared<EngineLease::Held>()};
    return entry.held;
}

void EngineCache::make(EngineLease::Held& held, const std::optional<Variant>& variant,
                       const std::string& wanted) const
{
    if (variant)
        held.engine = m_factory(m_model, *variant, wanted, held.notice);
    else
        held.engine = m_factory(m_model, OriginalWeights(m_model), wanted, held.notice);
}

std::optional<EngineLease> EngineCache::lease(const std::optional<Variant>& variant,
                                              const std::string& wanted, Progress& progress)
{
    const Key key{variant ? variant->key() : VariantKey(), wanted};
    const std::shared_ptr<EngineLease::Held> held = entry(variant ? m_quantized : m_original, key);
    std::unique_lock lock(held->busy, std::defer_lock);
    while (!progress.stopRequested()) {
        if (!lock.try_lock_for(std::chrono::milliseconds(50)))
            continue;
        if (!held->engine)
            make(*held, variant, wanted);
        return EngineLease(held, std::move(lock));
    }
    return std::nullopt;
}

} // namespace bitloom
