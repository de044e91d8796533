// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/compare_runner.h"

#include "app/document/evaluation_rows.h"
#include "app/panels/compare_run.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"

#include <array>

namespace bitloom {

namespace {

constexpr const char* kOriginalTag = "compare.original";
constexpr const char* kQuantizedTag = "compare.quantized";

/// How a kind of output is compared.
struct CompareKind {
    CompareView* (*view)(const ComparePane& pane);
    const char* prompt; ///< that the user finds there
    void (*start)(const CompareRun& run);
};

/// By OutputKind.
const CompareKind& kindOf(OutputKind output)
{
    static const std::array<CompareKind, 3> kinds = {{
        {[](const ComparePane& pane) -> CompareView* { return pane.texts(); },
         QT_TRANSLATE_NOOP("Compare", "Once upon a time"), streamText},
        {[](const ComparePane& pane) -> CompareView* { return pane.classes(); },
         QT_TRANSLATE_NOOP("Compare", "It is slow at first, but the ending is wonderful."),
         classify},
        {[](const ComparePane& pane) -> CompareView* { return pane.neighbours(); },
         QT_TRANSLATE_NOOP("Compare", "The little dog was happy to play in the garden."),
         findNeighbours},
    }};
    return kinds.at(static_cast<size_t>(output));
}

} // namespace

CompareRunner::CompareRunner(ApplicationContext& context, ComparePane* pane)
    : QObject(pane)
    , m_context(context)
    , m_pane(pane)
{
    connect(pane, &ComparePane::runRequested, this, &CompareRunner::run);
    connect(pane, &ComparePane::stopRequested, this, &CompareRunner::stop);
    connect(&context.session, &Session::aboutToOpen, pane, &ComparePane::clear);
    connect(&context.session, &Session::opened, this, &CompareRunner::modelOpened);
    connect(&context.analysis, &Analysis::evaluationChanged, this, &CompareRunner::showNumbers);
    connect(&context.session.jobs(), &Jobs::finished, this, &CompareRunner::showState);
    showKind();
    showState();
}

OutputKind CompareRunner::output() const
{
    return m_context.session.isOpen() ? m_context.session.model().graph.output
                                      : OutputKind::NextToken;
}

void CompareRunner::modelOpened()
{
    m_pane->clear();
    m_ran.reset();
    m_pane->setEngine({});
    showKind();
    showState();
    showNumbers();
}

void CompareRunner::showKind()
{
    const CompareKind& kind = kindOf(output());
    m_pane->setView(kind.view(*m_pane));
    const QString prompt = QCoreApplication::translate("Compare", kind.prompt);
    if (m_pane->prompt() == m_offeredPrompt) // what the user wrote stays
        m_pane->setPrompt(prompt);
    m_offeredPrompt = prompt;
    if (!m_context.session.isOpen())
        return;
    QStringList labels;
    for (const std::string& label : m_context.session.model().graph.labels)
        labels.append(QString::fromStdString(label));
    m_pane->classes()->setLabels(labels);
}

void CompareRunner::run()
{
    m_pane->clear();
    if (m_pane->prompt().trimmed().isEmpty() && output() != OutputKind::NextToken) {
        Q_EMIT m_context.session.message(Loudness::Info, tr("Write a sentence to compare first."));
        return;
    }
    m_ran = m_context.session.recipe();
    showNumbers();
    const auto own = std::make_shared<std::array<std::vector<float>, 2>>();
    for (const bool quantized : {false, true}) {
        const JobInfo job{quantized ? kQuantizedTag : kOriginalTag,
                          quantized ? tr("Comparing: quantized") : tr("Comparing: original"),
                          JobQueue::Stream};
        kindOf(output()).start({m_context, m_pane, this, quantized, job,
                                [this](const EngineUse& used) { showEngine(used); }, own});
    }
    showState();
}

void CompareRunner::stop()
{
    m_context.session.jobs().cancel(kOriginalTag);
    m_context.session.jobs().cancel(kQuantizedTag);
}

void CompareRunner::showEngine(const EngineUse& used)
{
    m_pane->setEngine(Words::engine(used));
    Q_EMIT m_context.analysis.engineUsed(used);
    if (!used.notice.empty())
        Q_EMIT m_context.session.message(Loudness::Warning, Words::sentence(used.notice));
}

void CompareRunner::showState()
{
    const Session& session = m_context.session;
    const Jobs& jobs = m_context.session.jobs();
    m_pane->setRunning(jobs.isRunning(kOriginalTag) || jobs.isRunning(kQuantizedTag));
    if (!session.isOpen())
        m_pane->setRunEnabled(false, tr("Open a model first."));
    else
        m_pane->setRunEnabled(session.model().runnable(), Words::sentence(session.model().missing));
}

void CompareRunner::showNumbers()
{
    const std::optional<RecipeEvaluation>& evaluation = m_context.analysis.evaluation();
    QStringList sentences;
    if (m_ran && !m_ran->storesLike(m_context.session.recipe()))
        sentences.append(tr("The quantized side is of the recipe before the last change; run it "
                            "again."));
    if (evaluation)
        sentences.append(
            evaluation->recipe.storesLike(m_context.session.recipe())
                ? EvaluationRows::line(*evaluation)
                : tr("Before the last change: %1").arg(EvaluationRows::line(*evaluation)));
    m_pane->setNumbers(sentences.join(u' '));
}

} // namespace bitloom
