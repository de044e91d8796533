// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/compare_run.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/analyze/passes/likeness.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/workbench.h"

#include <QCoreApplication>

#include <cmath>
#include <utility>

namespace bitloom {

namespace {

constexpr size_t kMostSentences = 300; ///< of the evaluation text that are searched
constexpr size_t kNearest = 5;

/// What a side found of a sentence; empty when it was stopped before.
struct Side {
    EngineUse used;
    std::vector<float> own; ///< embedding of the prompt
    QList<NearSentence> nearest;
    QString source;
};

QList<double> shares(std::span<const float> logits)
{
    QList<double> result;
    for (const double share : logShares(logits))
        result.append(std::exp(share));
    return result;
}

QString sourceOf(int64_t searched, int64_t cut, const QString& textName)
{
    QString text = QCoreApplication::translate("Compare", "Among %1 sentences of %2")
                       .arg(Words::count(searched), textName);
    if (cut > 0)
        text += QCoreApplication::translate("Compare", ", %1 of them cut").arg(Words::count(cut));
    return text + u'.';
}

/// The prompt first, then the sentences it is searched among.
LabelledText sentencesFor(const std::string& prompt, const NamedText& text)
{
    LabelledText all = readLabelledText(text.text.text(), {});
    all.sentences.resize(std::min(all.sentences.size(), kMostSentences));
    all.sentences.insert(all.sentences.begin(), prompt);
    return all;
}

Side search(const Embeddings& found, const NamedText& text)
{
    Side side;
    if (found.rows.rows < 1)
        return side;
    const std::span<const float> own = found.rows.row(0);
    side.own.assign(own.begin(), own.end());
    const MatrixView others{found.rows.values.data() + found.rows.columns, found.rows.rows - 1,
                            found.rows.columns};
    for (const Neighbour& near : nearestRows(others, own, kNearest))
        side.nearest.append(
            {QString::fromStdString(found.sentences[static_cast<size_t>(near.row) + 1]),
             near.cosine});
    side.source = sourceOf(others.rows, found.cut, text.name);
    return side;
}

void showSide(const CompareRun& run, const Side& side)
{
    run.done(side.used);
    if (side.own.empty())
        return;
    CompareNeighbours* view = run.pane->neighbours();
    if (run.quantized)
        view->setQuantized(side.nearest);
    else
        view->setOriginal(side.nearest);
    view->setSource(side.source);
    auto& [original, quantized] = *run.own;
    (run.quantized ? quantized : original) = side.own;
    if (!original.empty() && original.size() == quantized.size())
        view->setOwnCosine(cosineOf(original, quantized));
}

} // namespace

void classify(const CompareRun& run)
{
    auto work = [workbench = run.context.session.workbench(), recipe = run.recipe(),
                 prompt = run.pane->prompt().toStdString(),
                 engine =
                     run.context.analysis.settings().engine.toStdString()](JobProgress& progress) {
        EngineUse used;
        const Embeddings logits = workbench->generation().embed(recipe, LabelledText{{prompt}, {}},
                                                                engine, progress, used);
        return std::pair(used, logits.rows.rows > 0 ? shares(logits.rows.row(0)) : QList<double>());
    };
    run.context.session.jobs().start(run.job, run.receiver, std::move(work),
                                     [run](const std::pair<EngineUse, QList<double>>& result) {
                                         run.done(result.first);
                                         CompareClasses* view = run.pane->classes();
                                         if (run.quantized)
                                             view->setQuantized(result.second);
                                         else
                                             view->setOriginal(result.second);
                                     });
}

void findNeighbours(const CompareRun& run)
{
    auto work = [workbench = run.context.session.workbench(), recipe = run.recipe(),
                 prompt = run.pane->prompt().toStdString(),
                 settings = run.context.analysis.settings()](JobProgress& progress) {
        const NamedText text = evaluationText(settings);
        EngineUse used;
        const Embeddings found = workbench->generation().embed(
            recipe, sentencesFor(prompt, text), settings.engine.toStdString(), progress, used);
        Side side = search(found, text);
        side.used = used;
        return side;
    };
    run.context.session.jobs().start(run.job, run.receiver, std::move(work),
                                     [run](const Side& side) { showSide(run, side); });
}

} // namespace bitloom
