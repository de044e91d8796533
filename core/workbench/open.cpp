// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/caches.h"

namespace bitloom {

Workbench::Workbench(std::shared_ptr<const Model> model, EngineFactory engines)
    : m_model(std::move(model))
    , m_engines(std::move(engines))
    , m_caches(std::make_shared<Caches>(m_model, m_engines))
{
}

std::shared_ptr<Workbench> Workbench::open(const std::string& path, EngineFactory engines)
{
    return std::make_shared<Workbench>(openModel(path == "sample" ? sampleFolder() : path),
                                       std::move(engines));
}

} // namespace bitloom
