// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/compare_runner.h"

#include "app/widget_headers.h"
#include "app/words.h"

#include <utility>

namespace bitloom {

namespace {

constexpr const char* kOriginalTag = "compare.original";
constexpr const char* kQuantizedTag = "compare.quantized";
/// Pieces are handed over in bundles, so that a fast engine does not flood the event loop.
constexpr qint64 kBundleMs = 25;

/// Hands bundles of pieces to `show` in the GUI thread.
class PieceStream {
public:
    PieceStream(JobProgress& progress, std::function<void(const QStringList&)> show)
        : m_progress(progress)
        , m_show(std::move(show))
    {
        m_clock.start();
    }
    void add(const std::string& piece)
    {
        m_pieces.append(QString::fromStdString(piece));
        if (m_clock.elapsed() >= kBundleMs)
            flush();
    }
    void flush()
    {
        m_progress.show([show = m_show, pieces = std::exchange(m_pieces, {})] { show(pieces); });
        m_clock.restart();
    }

private:
    JobProgress& m_progress;
    std::function<void(const QStringList&)> m_show;
    QStringList m_pieces;
    QElapsedTimer m_clock;
};

GenerateSettings settingsOf(const ComparePane& pane, const QString& engine)
{
    const SamplingSettings sampling = pane.sampling();
    GenerateSettings settings;
    settings.prompt = pane.prompt().toStdString();
    settings.tokens = sampling.tokens;
    settings.temperature = sampling.temperature;
    settings.topK = sampling.topK;
    settings.topP = sampling.topP;
    settings.seed = sampling.seed;
    settings.engine = engine.toStdString();
    return settings;
}

} // namespace

CompareRunner::CompareRunner(Desk& desk, ComparePane* pane)
    : QObject(pane)
    , m_desk(desk)
    , m_pane(pane)
{
    connect(pane, &ComparePane::runRequested, this, &CompareRunner::run);
    connect(pane, &ComparePane::stopRequested, this, &CompareRunner::stop);
    connect(&desk.session, &Session::opened, this, [this] {
        m_pane->clearTexts();
        showState();
        showNumbers();
    });
    connect(&desk.analysis, &Analysis::judgedChanged, this, &CompareRunner::showNumbers);
    connect(&desk.session.jobs(), &Jobs::finished, this, &CompareRunner::showState);
    showState();
}

void CompareRunner::run()
{
    m_pane->clearTexts();
    const GenerateSettings settings = settingsOf(*m_pane, m_desk.analysis.settings().engine);
    startOne(false, settings);
    startOne(true, settings);
    showState();
}

void CompareRunner::stop()
{
    m_desk.session.jobs().cancel(kOriginalTag);
    m_desk.session.jobs().cancel(kQuantizedTag);
}

void CompareRunner::startOne(bool quantized, const GenerateSettings& settings)
{
    const auto append = quantized ? &ComparePane::appendQuantized : &ComparePane::appendOriginal;
    const auto show = [pane = m_pane, append](const QStringList& pieces) {
        for (const QString& piece : pieces)
            (pane->*append)(piece);
    };
    auto work = [settings, show, bench = m_desk.session.bench(),
                 recipe = quantized ? std::optional(m_desk.session.recipe())
                                    : std::nullopt](JobProgress& progress) {
        PieceStream stream(progress, show);
        EngineUse used;
        const auto sink = [&](const std::string& piece, int32_t) { stream.add(piece); };
        bench->generate(recipe, settings, sink, progress, used);
        stream.flush();
        return used;
    };
    const JobInfo info{quantized ? kQuantizedTag : kOriginalTag,
                       quantized ? tr("Quantized text") : tr("Original text"), Lane::Stream};
    m_desk.session.jobs().start(info, this, std::move(work), [this](const EngineUse& used) {
        m_pane->setEngine(Words::engine(used));
        Q_EMIT m_desk.analysis.engineUsed(used);
        if (!used.notice.empty())
            Q_EMIT m_desk.session.message(Loudness::Warning, QString::fromStdString(used.notice));
    });
}

void CompareRunner::showState()
{
    const Session& session = m_desk.session;
    const Jobs& jobs = m_desk.session.jobs();
    m_pane->setRunning(jobs.isRunning(kOriginalTag) || jobs.isRunning(kQuantizedTag));
    if (!session.isOpen())
        m_pane->setRunEnabled(false, tr("Open a model first."));
    else
        m_pane->setRunEnabled(session.model().runnable(),
                              QString::fromStdString(session.model().missing));
}

void CompareRunner::showNumbers()
{
    const std::optional<Judged>& judged = m_desk.analysis.judged();
    if (!judged) {
        m_pane->setNumbers({});
        return;
    }
    const Judgement& figures = judged->figures;
    QString text = figures.compared
                       ? tr("perplexity %1 → %2, KL %3")
                             .arg(Words::number(figures.originalPerplexity),
                                  Words::number(figures.perplexity), Words::nats(figures.klMean))
                       : tr("perplexity %1").arg(Words::number(figures.perplexity));
    m_pane->setNumbers(
        tr("%1 over %2 tokens of %3").arg(text, Words::count(figures.tokens), judged->textName));
}

} // namespace bitloom
