// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "core/network/engine/engine_memory.h"

#include <memory>
#include <string>

namespace bitloom {

class Curvatures;
class Evaluations;
class Exports;
class Fits;
class Generation;
class Laboratory;
class MeasuredVariants;
class ModelCalibration;
class ModelStatistics;
class OpenedModel;
class Predictions;
class Reports;
class Sensitivities;
class SlotErrors;

/// The one door that app uses: an open model, and the services that answer what one can ask of it.
/// Functions of services may be called from any worker thread; long ones take a Progress. Each
/// remembers what it alone needs, behind a lock of its own, and results do not depend on what is
/// remembered. A service asks those it stands on, never those above, and holds no lock meanwhile:
/// what it remembers is of a version of what is below (KnownCalibration::version), and is forgotten
/// when that is another.
class Workbench {
public:
    /// `memory`: of the engine that keeps weights packed; null: there is none.
    Workbench(std::shared_ptr<const Model> model, EngineFactory engines,
              EngineMemorySource memory = {});
    ~Workbench();
    /// Opens a path, or `sample` (BITLOOM_SAMPLE_DIR or beside the program).
    static std::shared_ptr<Workbench> open(const std::string& path, EngineFactory engines,
                                           EngineMemorySource memory = {});

    const Model& model() const;
    std::shared_ptr<const Model> sharedModel() const;
    /// Engines, the store of measurements, and the look at the weights.
    const OpenedModel& opened() const;
    /// Inputs and Fisher factors, and the variants of the model.
    ModelCalibration& calibration();
    const ModelCalibration& calibration() const;

    ModelStatistics& statistics();
    SlotErrors& slotErrors();
    MeasuredVariants& measuredVariants();
    Predictions& predictions();
    Sensitivities& sensitivities();
    Curvatures& curvatures();
    Generation& generation();
    Fits& fits();
    Evaluations& evaluations();
    Exports& exports();
    Laboratory& laboratory();
    Reports& reports();

private:
    struct Services;
    std::unique_ptr<Services> m_services;
};

/// The predictions of a workbench that lives as long as somebody holds them.
std::shared_ptr<Predictions> predictionsOf(const std::shared_ptr<Workbench>& workbench);

} // namespace bitloom
