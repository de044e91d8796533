// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/compare_run.h"
#include "app/words/widget_headers.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/workbench.h"

#include <utility>

namespace bitloom {

namespace {

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

GenerateSettings generateSettings(const ComparePane& pane, const QString& engine)
{
    const SamplingSettings sampling = pane.texts()->sampling();
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

void streamText(const CompareRun& run)
{
    const auto append =
        run.quantized ? &CompareTexts::appendQuantized : &CompareTexts::appendOriginal;
    const auto show = [texts = run.pane->texts(), append](const QStringList& pieces) {
        for (const QString& piece : pieces)
            (texts->*append)(piece);
    };
    auto work = [settings = generateSettings(*run.pane, run.context.analysis.settings().engine),
                 show, workbench = run.context.session.workbench(),
                 recipe = run.recipe()](JobProgress& progress) {
        PieceStream stream(progress, show);
        EngineUse used;
        const auto sink = [&](const std::string& piece, int32_t) { stream.add(piece); };
        workbench->generation().generate(recipe, settings, sink, progress, used);
        stream.flush();
        return used;
    };
    run.context.session.jobs().start(run.job, run.receiver, std::move(work), run.done);
}

} // namespace bitloom
