// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/spectrum_feed.h"

#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/workbench/prediction/curvatures.h"
#include "core/workbench/workbench.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bitloom {

namespace {

constexpr int64_t kWindows = 16; ///< at most: a product of the Hessian looks at all of them
constexpr int64_t kSteps = 60;
constexpr int64_t kStarts = 4; ///< fewest that tell how sure a count is
constexpr int64_t kBasisBytes = int64_t{2} << 30;
constexpr size_t kPoints = 800;
constexpr double kHalf = 0.5;

/// Nodes are drawn this wide, as a share of their range.
constexpr double kWidth = 1.0 / 250;

Spectrum drawn(const SpectralDensity& density)
{
    const double range = std::max(density.highest() - density.lowest(), 1e-12);
    const double deviation = range * kWidth;
    const SpectralDensity::Curve curve = density.widened(deviation, kPoints);
    const auto dimension = static_cast<double>(density.dimension);
    Spectrum spectrum;
    for (size_t i = 0; i < curve.values.size(); ++i)
        spectrum.curve.append({curve.values[i], curve.density[i] * dimension});
    const double ofOneDirection = 1 / (deviation * std::sqrt(2 * std::numbers::pi));
    spectrum.floor = ofOneDirection / 100;
    spectrum.edge = directionsCarrying(density, kHalf).smallest;
    return spectrum;
}

/// As many digits as mean something: "12", "3.4", "0.6".
QString roughly(double value)
{
    return QLocale().toString(value, 'f', value < 10 ? 1 : 0);
}

QString lossTitle(CurvatureLoss loss)
{
    return loss == CurvatureLoss::KullbackLeibler ? SpectrumFeed::tr("KL to the original")
                                                  : SpectrumFeed::tr("cross-entropy of the text");
}

} // namespace

SpectrumFeed::SpectrumFeed(ApplicationContext& context, SpectrumPanel* panel)
    : QObject(panel)
    , m_context(context)
    , m_panel(panel)
{
    connect(&context.session, &Session::aboutToOpen, this, &SpectrumFeed::clear);
    connect(&context.session, &Session::opened, this, &SpectrumFeed::clear);
    connect(&context.selection, &QItemSelectionModel::selectionChanged, this,
            &SpectrumFeed::showState);
    connect(panel, &SpectrumPanel::asked, this, &SpectrumFeed::showState);
    connect(panel, &SpectrumPanel::measureRequested, this, &SpectrumFeed::measure);
    clear();
}

void SpectrumFeed::clear()
{
    const Session& session = m_context.session;
    const bool continues =
        session.isOpen() && session.model().graph.output == OutputKind::NextToken;
    QStringList losses = {lossTitle(CurvatureLoss::KullbackLeibler)};
    if (continues)
        losses.append(lossTitle(CurvatureLoss::CrossEntropy));
    m_panel->setLosses(losses);
    m_meaning.clear();
    Spectrum none;
    none.meaning = tr("How many directions of the weights the loss bends in, and how much.");
    m_panel->plot()->setSpectrum(none);
    showState();
}

void SpectrumFeed::measure()
{
    Question question;
    if (m_panel->ofSelection())
        question.slotIndices = m_context.selectedQuantizable();
    if (m_panel->loss() > 0)
        question.loss = CurvatureLoss::CrossEntropy;
    auto work = [workbench = m_context.session.workbench(),
                 settings = m_context.analysis.settings(), question](JobProgress& progress) {
        CurvatureRequest request;
        request.text = calibrationText(settings, workbench->model());
        request.text.windows = std::min(request.text.windows, kWindows);
        request.loss = question.loss;
        DensitySettings lanczos;
        lanczos.starts = kStarts;
        lanczos.steps = kSteps;
        lanczos.basisBytes = kBasisBytes;
        Answer answer;
        answer.density = workbench->curvatures().density(
            {question.slotIndices.begin(), question.slotIndices.end()}, request, lanczos, progress);
        answer.examples = Words::examples(workbench->model(), request.text);
        return answer;
    };
    m_context.session.jobs().start(
        {"density", tr("Spectrum"), JobQueue::Engine}, this, std::move(work),
        [this, question](const Answer& answer) { receive(question, answer); });
}

void SpectrumFeed::receive(const Question& question, const Answer& answer)
{
    const SpectralDensity& density = answer.density;
    if (density.starts.empty())
        return;
    const auto starts = density.starts.size();
    m_meaning = tr("%1: %2").arg(titleOf(question), meaning(density)) + u' ' +
                tr("From %1 of %2 steps; %3, over %4.")
                    .arg(starts == 1 ? tr("one random start") : tr("%1 random starts").arg(starts))
                    .arg(density.steps)
                    .arg(lossTitle(question.loss), answer.examples);
    if (!density.complete)
        m_meaning += u' ' + tr("It was stopped.");
    Spectrum spectrum = drawn(density);
    spectrum.meaning = m_meaning;
    m_panel->plot()->setSpectrum(spectrum);
    showState();
}

QString SpectrumFeed::meaning(const SpectralDensity& density)
{
    const CurvatureShare half = directionsCarrying(density, kHalf);
    const QString count = density.starts.size() > 1
                              ? tr("%1 ± %2").arg(roughly(half.directions.value),
                                                  roughly(half.directions.standardError))
                              : roughly(half.directions.value);
    QString text =
        tr("about %1 of %2 directions carry half of the curvature, with eigenvalues of %3 and "
           "more; all others lie between %4 and %5.")
            .arg(count, Words::count(density.dimension), Words::number(half.smallest),
                 Words::number(half.restLow), Words::number(half.restHigh));
    if (half.negative > 0.001)
        text += u' ' + tr("%1 of it is negative.").arg(Words::percent(half.negative));
    return text;
}

QString SpectrumFeed::titleOf(const Question& question) const
{
    if (question.slotIndices.isEmpty())
        return tr("Whole model");
    if (question.slotIndices.size() > 1)
        return tr("%n layers", nullptr, static_cast<int>(question.slotIndices.size()));
    const auto slot = static_cast<size_t>(question.slotIndices.first());
    return QString::fromStdString(m_context.session.model().graph.slots[slot].name);
}

void SpectrumFeed::showState()
{
    const Session& session = m_context.session;
    if (!session.isOpen())
        return m_panel->setState(false, tr("Open a model first."));
    if (!session.model().runnable())
        return m_panel->setState(false, Words::sentence(session.model().missing));
    const bool nothing = m_panel->ofSelection() && m_context.selectedQuantizable().isEmpty();
    if (!m_meaning.isEmpty())
        return m_panel->setState(!nothing, m_meaning);
    m_panel->setState(!nothing, nothing ? tr("Select layers, or take the whole model.")
                                        : tr("Takes a minute or more; Esc stops it."));
}

} // namespace bitloom
