// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/workbench.h"

#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/lab/laboratory.h"
#include "core/workbench/prediction/curvatures.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/report/report.h"
#include "core/workbench/session/sample.h"
#include "core/workbench/statistics/model_statistics.h"

#include <utility>

namespace bitloom {

/// In the order in which one stands on another.
struct Workbench::Services {
    Services(std::shared_ptr<const Model> model, EngineFactory engines, EngineMemorySource memory)
        : opened(std::move(model), std::move(engines), std::move(memory))
    {
    }
    OpenedModel opened;
    ModelCalibration calibration{opened};
    ModelStatistics statistics{calibration};
    SlotErrors slotErrors{calibration};
    MeasuredVariants measuredVariants{calibration};
    Predictions predictions{calibration, slotErrors, measuredVariants};
    Sensitivities sensitivities{calibration};
    Curvatures curvatures{calibration, slotErrors};
    Generation generation{calibration};
    Fits fits{predictions};
    Evaluations evaluations{predictions};
    Exports exports{calibration};
    Laboratory laboratory{sensitivities};
    Reports reports{predictions, statistics};
};

Workbench::Workbench(std::shared_ptr<const Model> model, EngineFactory engines,
                     EngineMemorySource memory)
    : m_services(
          std::make_unique<Services>(std::move(model), std::move(engines), std::move(memory)))
{
}

Workbench::~Workbench() = default;

std::shared_ptr<Workbench> Workbench::open(const std::string& path, EngineFactory engines,
                                           EngineMemorySource memory)
{
    return std::make_shared<Workbench>(openModel(path == "sample" ? sampleFolder() : path),
                                       std::move(engines), std::move(memory));
}

const Model& Workbench::model() const
{
    return opened().model();
}

std::shared_ptr<const Model> Workbench::sharedModel() const
{
    return opened().shared();
}

const OpenedModel& Workbench::opened() const
{
    return m_services->opened;
}

ModelCalibration& Workbench::calibration()
{
    return m_services->calibration;
}

const ModelCalibration& Workbench::calibration() const
{
    return m_services->calibration;
}

ModelStatistics& Workbench::statistics()
{
    return m_services->statistics;
}

SlotErrors& Workbench::slotErrors()
{
    return m_services->slotErrors;
}

MeasuredVariants& Workbench::measuredVariants()
{
    return m_services->measuredVariants;
}

Predictions& Workbench::predictions()
{
    return m_services->predictions;
}

Sensitivities& Workbench::sensitivities()
{
    return m_services->sensitivities;
}

Curvatures& Workbench::curvatures()
{
    return m_services->curvatures;
}

Generation& Workbench::generation()
{
    return m_services->generation;
}

Fits& Workbench::fits()
{
    return m_services->fits;
}

Evaluations& Workbench::evaluations()
{
    return m_services->evaluations;
}

Exports& Workbench::exports()
{
    return m_services->exports;
}

Laboratory& Workbench::laboratory()
{
    return m_services->laboratory;
}

Reports& Workbench::reports()
{
    return m_services->reports;
}

std::shared_ptr<Predictions> predictionsOf(const std::shared_ptr<Workbench>& workbench)
{
    return {workbench, &workbench->predictions()};
}

} // namespace bitloom
