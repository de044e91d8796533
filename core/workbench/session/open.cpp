// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/caches.h"

namespace bitloom {

Workbench::Workbench(std::shared_ptr<const Model> model, EngineFactory engines,
                     EngineMemorySource memory)
    : m_model(std::move(model))
    , m_engines(std::move(engines))
    , m_memory(std::move(memory))
    , m_caches(std::make_shared<Caches>(m_model, m_engines))
{
}

std::shared_ptr<Workbench> Workbench::open(const std::string& path, EngineFactory engines,
                                           EngineMemorySource memory)
{
    return std::make_shared<Workbench>(openModel(path == "sample" ? sampleFolder() : path),
                                       std::move(engines), std::move(memory));
}

bool Workbench::recognise(Progress& progress) const
{
    return m_caches->store(progress).keeps();
}

} // namespace bitloom
