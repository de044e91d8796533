// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/measurements.h"

#include "app/document/offers.h"

#include "core/base/stop_only.h"
#include "core/network/graph/operations.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"

#include <algorithm>
#include <map>
#include <utility>

namespace bitloom {

namespace {

constexpr int kRefreshPauseMs = 20;

/// Fewest and most stored bytes of slots under a target.
struct ByteRange {
    int64_t least = 0;
    int64_t most = 0;
    int64_t weights = 0;

    double leastBits() const
    {
        return 8.0 * static_cast<double>(least) /
               static_cast<double>(std::max<int64_t>(1, weights));
    }
};

/// What a fit can make of a slot; it keeps corrections.
ByteRange byteRange(const Model& model, const Slot& slot, const Target& target,
                    const std::optional<CorrectionStep>& correction)
{
    const int64_t stored = slotBytes(model, slot, "");
    ByteRange range{stored, stored, slot.weights()};
    for (const Scheme* scheme : offeredSchemes(slot, target)) {
        const int64_t bytes =
            slotBytes(model, slot, std::string(scheme->id()),
                      scheme->isPlain() ? std::optional<CorrectionStep>() : correction);
        range.least = std::min(range.least, bytes);
        range.most = std::max(range.most, bytes);
    }
    return range;
}

/// The row length that costs most by holding fewer schemes than another one in the model; 0: all
/// can be about as small.
int64_t unfitRows(const std::map<int64_t, ByteRange>& byRows)
{
    constexpr double kAlike = 0.5; // bits
    double fewest = 32;
    for (const auto& [rows, range] : byRows)
        fewest = std::min(fewest, range.leastBits());
    int64_t worst = 0;
    double most = 0;
    for (const auto& [rows, range] : byRows) {
        const double more = range.leastBits() - fewest;
        const double cost = more * static_cast<double>(range.weights);
        if (more > kAlike && cost > most) {
            most = cost;
            worst = rows;
        }
    }
    return worst;
}

RecipeSize measureSize(Workbench& workbench, const Recipe& recipe)
{
    RecipeSize size;
    size.now = workbench.opened().size(recipe);
    const Model& model = workbench.model();
    std::map<int64_t, ByteRange> byRows;
    ByteRange all;
    for (const Slot& slot : model.graph.slots) {
        if (!slot.quantizable)
            continue;
        const ByteRange range =
            byteRange(model, slot, targetNamed(recipe.target), recipe.choice(slot.name).correction);
        for (ByteRange* sum : {&all, &byRows[slot.columns]}) {
            sum->least += range.least;
            sum->most += range.most;
            sum->weights += range.weights;
        }
    }
    const double bitsPerByte =
        8.0 / static_cast<double>(std::max<int64_t>(1, size.now.quantizableWeights));
    size.leastBits = static_cast<double>(all.least) * bitsPerByte;
    size.mostBits = static_cast<double>(all.most) * bitsPerByte;
    size.unfitRows = unfitRows(byRows);
    return size;
}

std::optional<double> valueOf(const QHash<int, double>& values, int slot)
{
    const auto found = values.find(slot);
    return found == values.end() ? std::nullopt : std::optional<double>(*found);
}

} // namespace

Measurements::Measurements(Session& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
{
    m_pause.setSingleShot(true);
    m_pause.setInterval(kRefreshPauseMs);
    connect(&m_pause, &QTimer::timeout, this, [this] {
        requestSize();
        requestErrors();
    });
    connect(&session.jobs(), &Jobs::failed, this, [this](const QString& tag) {
        if (tag == "error" && m_prediction &&
            m_prediction->isQuickEstimate) { // nothing surer will come
            m_prediction.reset();
            Q_EMIT predictedChanged();
        }
    });
    connect(&session, &Session::aboutToOpen, this, &Measurements::clear);
    connect(&session, &Session::opened, this, &Measurements::recipeChanged);
    connect(&session, &Session::choicesChanged, this, &Measurements::recipeChanged);
    connect(&session, &Session::targetChanged, this, [this] { m_reasons.clear(); });
    connect(&session, &Session::recipeTaken, this, [this] { m_reasons.clear(); });
}

std::optional<double> Measurements::sensitivity(int slot) const
{
    return valueOf(m_sensitivities, slot);
}

std::optional<double> Measurements::metricDamage(int slot) const
{
    return valueOf(m_metricDamages, slot);
}

std::optional<SlotError> Measurements::error(int slot) const
{
    const SlotChoice& choice = m_session.choice(slot);
    if (!choice.changesWeights()) {
        SlotError none;
        none.hasDamage = hasSensitivity();
        return none;
    }
    const auto found = m_errors.find(slot);
    if (found == m_errors.end() || !found->choice.storesLike(choice))
        return std::nullopt;
    return found->error;
}

void Measurements::setStatistics(int slot, const Statistics& statistics)
{
    m_statistics[slot] = statistics;
    Q_EMIT statisticsChanged(slot);
}

void Measurements::setSource(const QString& source, bool stale)
{
    m_source = source;
    m_stale = stale;
    Q_EMIT sourceChanged();
}

void Measurements::setActivations(const std::vector<ValueStatistics>& values)
{
    QHash<QString, Activation> byName;
    for (const ValueStatistics& value : values)
        byName[QString::fromStdString(value.name)] = std::make_shared<const ValueStatistics>(value);
    const Graph& graph = m_session.model().graph;
    for (const Program& program : graph.programs) {
        for (const Step& step : program.steps) {
            const Value& input = graph.value(step.inputs.front());
            const auto found = byName.find(QString::fromStdString(input.name));
            for (const StepMatrix& matrix : matricesOf(step))
                if (matrix.use == MatrixUse::Product && found != byName.end())
                    m_activations[matrix.slot] = *found;
        }
    }
    Q_EMIT activationsChanged();
}

void Measurements::setSensitivity(int slot, double damage)
{
    m_sensitivities[slot] = damage;
    Q_EMIT slotsChanged({slot});
}

void Measurements::setMetricDamage(int slot, double damage)
{
    m_metricDamages[slot] = damage;
    Q_EMIT slotsChanged({slot});
}

void Measurements::clearMetricDamages()
{
    const QList<int> known = m_metricDamages.keys();
    m_metricDamages.clear();
    if (!known.isEmpty())
        Q_EMIT slotsChanged(known);
}

void Measurements::remeasure()
{
    m_errors.clear();
    m_reasons.clear();
    recipeChanged();
}

void Measurements::setReasons(const std::vector<FitReason>& reasons)
{
    m_reasons.clear();
    for (const FitReason& reason : reasons)
        for (const int slot : reason.slots)
            m_reasons.insert(slot, {m_session.choice(slot), reason});
}

std::optional<FitReason> Measurements::reason(int slot) const
{
    const auto found = m_reasons.find(slot);
    if (found == m_reasons.end() || found->choice != m_session.choice(slot))
        return std::nullopt;
    return found->reason;
}

void Measurements::clear()
{
    m_statistics.clear();
    m_activations.clear();
    m_sensitivities.clear();
    m_metricDamages.clear();
    m_errors.clear();
    m_reasons.clear();
    m_size.reset();
    recipeChanged();
    m_pause.stop(); // there is nothing to measure until the next model is there
}

void Measurements::recipeChanged()
{
    if (const auto& transforms = m_session.recipe().transforms; transforms != m_transforms) {
        m_transforms = transforms; // errors and reasons were of other weights
        m_errors.clear();
        m_reasons.clear();
    }
    m_prediction.reset();
    m_sizeIsCurrent = m_errorsAreCurrent = false;
    Q_EMIT predictedChanged();
    m_pause.start();
}

void Measurements::requestSize()
{
    m_session.jobs().start(
        {"size", {}, JobQueue::Quick}, this,
        [workbench = m_session.workbench(), recipe = m_session.recipe()](JobProgress&) {
            return measureSize(*workbench, recipe);
        },
        [this](const RecipeSize& size) {
            m_size = size;
            m_sizeIsCurrent = !m_pause.isActive();
            Q_EMIT sizeChanged();
            settle();
        });
}

QList<Measurements::Request> Measurements::missingErrors() const
{
    QList<Request> missing;
    const size_t count = m_session.model().graph.slots.size();
    for (size_t i = 0; i < count; ++i) {
        const int slot = static_cast<int>(i);
        if (!error(slot))
            missing.append({slot, m_session.choice(slot)});
    }
    return missing;
}

void Measurements::requestErrors()
{
    auto work = [this, workbench = m_session.workbench(), recipe = m_session.recipe(),
                 missing = missingErrors()](JobProgress& progress) {
        StopOnly silent(progress);
        if (const auto first = workbench->predictions().quickEstimate(recipe, silent);
            first && first->isQuickEstimate)
            progress.show([this, first] { showQuickEstimate(*first); });
        QList<Request> rough;
        const auto measure = [&](const Request& request, bool exact) {
            if (!workbench->calibration().canEncode(request.choice) ||
                !workbench->calibration().canEncode(recipe))
                return;
            const SlotError error = workbench->slotErrors().slotError(
                request.slot, request.choice, exact, silent, recipe.transforms);
            if (progress.stopRequested()) // it may be of a part
                return;
            if (error.sampled)
                rough.append(request);
            progress.show([this, request, error] { setError(request, error); });
        };
        for (qsizetype i = 0; i < missing.size() && !progress.stopRequested(); ++i) {
            progress.report(static_cast<double>(i) / static_cast<double>(missing.size()), "");
            measure(missing[i], false);
        }
        const QList<Request> sampled = std::exchange(rough, {});
        for (qsizetype i = 0; i < sampled.size() && !progress.stopRequested(); ++i)
            measure(sampled[i], true);
        return workbench->predictions().prediction(recipe, progress);
    };
    m_session.jobs().start({"error", tr("Error of the layers"), JobQueue::Follow}, this,
                           std::move(work), [this](const std::optional<Prediction>& predicted) {
                               m_prediction = predicted;
                               m_errorsAreCurrent = !m_pause.isActive();
                               Q_EMIT predictedChanged();
                               settle();
                           });
}

void Measurements::setError(const Request& request, const SlotError& error)
{
    m_errors[request.slot] = {request.choice, error};
    Q_EMIT slotsChanged({request.slot});
}

void Measurements::showQuickEstimate(const Prediction& estimate)
{
    if (m_pause.isActive()) // another edit came
        return;
    m_prediction = estimate;
    Q_EMIT predictedChanged();
}

void Measurements::setPrediction(const Recipe& recipe, const Prediction& prediction)
{
    if (recipe != m_session.recipe() || !m_errorsAreCurrent)
        return;
    m_prediction = prediction;
    Q_EMIT predictedChanged();
    settle();
}

void Measurements::settle()
{
    if (m_sizeIsCurrent && m_errorsAreCurrent)
        Q_EMIT settled();
}

} // namespace bitloom
