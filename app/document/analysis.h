// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/measurements.h"
#include "app/document/named_text.h"
#include "core/analyze/fisher/fisher.h"
#include "core/files/io/file_in_use.h"
#include "core/workbench/settings/engine_use.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/settings/fit_settings.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace bitloom {

/// Texts and amounts of the measurements, and which engine runs them.
struct AnalysisSettings {
    QString calibrationPath; ///< "" = the bundled calibration text
    QString evaluationPath;  ///< "" = the bundled evaluation text
    int context = 128;       ///< tokens a window
    int calibrationWindows = 160;
    int evaluationWindows = 64; ///< at most; 0: the whole text
    QString engine;             ///< "torch", "vulkan" or "" = the best measured
};

/// What is measured on, read from its file: windows of text, or sentences.
CalibrationSettings calibrationText(const AnalysisSettings& settings, const Model& model);
/// The file of it as it is, and the text evaluations are made on.
NamedText calibrationFile(const AnalysisSettings& settings);
NamedText evaluationText(const AnalysisSettings& settings);

/// An evaluation and what it belongs to.
struct RecipeEvaluation {
    Evaluation result;
    OutputKind output = OutputKind::NextToken;
    Recipe recipe;
    QString textName;
    QString textPath; ///< AnalysisSettings::evaluationPath
    QString warning;  ///< why the text says little of the model (TextMatch); may be empty
    EngineUse engine;
    QString windows; ///< examplesOf
    qint64 milliseconds = 0;
};

/// What is asked for rather than followed: analyse, fit, evaluate. Each is a job.
class Analysis : public QObject {
    Q_OBJECT

public:
    Analysis(Session& session, Measurements& measurements, QObject* parent = nullptr);

    const AnalysisSettings& settings() const { return m_settings; }
    void setSettings(const AnalysisSettings& settings);

    /// Statistics of all layers and their inputs, then the sensitivity. Stopping keeps what is
    /// done.
    void analyse();
    /// Measures the inputs anew as layers see them behind those that the recipe encodes, for
    /// methods like GPTQ; a message tells what came of it. Analysing brings the original ones back.
    void measureQuantizedInputs();
    /// Chooses schemes for a budget; analyses first where that was not done. With the path of a
    /// text, recipes near the predicted best are measured on it; stopping keeps the best so far.
    void fit(const FitSettings& budget, const QString& measuringText = {});
    /// Quantized against original over the evaluation text.
    void evaluate();

    const std::optional<RecipeEvaluation>& evaluation() const { return m_evaluation; }
    /// The best recipes of every size, as the last fit found them; empty before one.
    const std::vector<FitPoint>& front() const { return m_front; }
    /// What a front answers.
    struct FrontQuestion {
        Recipe start;
        FitSettings settings;
    };
    using FrontQuestionPointer = std::shared_ptr<const FrontQuestion>;
    /// Null: there is no front, or it cannot be found anew in no time.
    FrontQuestionPointer frontQuestion() const;
    /// The same front, as predictions tell it now; nothing happens where another one is shown.
    void renewFront(const FrontQuestionPointer& question, const std::vector<FitPoint>& front);
    /// "Fisher information over 160 windows of 128 tokens of calibration.txt"; empty before the
    /// sensitivity was measured.
    QString method() const { return m_method; }
    /// Why the text of the sensitivity says little of the model; may be empty.
    QString methodWarning() const { return m_source.warning; }
    /// The sensitivity was measured on another calibration text than the one chosen now.
    bool isStale() const
    {
        return !m_method.isEmpty() && m_source.textPath != m_settings.calibrationPath;
    }
    /// The evaluation was made on another evaluation text than the one chosen now.
    bool isEvaluatedOnAnotherText() const
    {
        return m_evaluation && m_evaluation->textPath != m_settings.evaluationPath;
    }

Q_SIGNALS:
    void settingsChanged();
    void evaluationChanged();
    void sensitivityChanged();
    void fitted();
    void frontChanged();
    void engineUsed(const bitloom::EngineUse& used);

private:
    void clear();
    /// What a sensitivity was measured on.
    struct Source {
        QString textName;
        QString textPath; ///< AnalysisSettings::calibrationPath
        QString warning;
    };
    void showMethod(const Fisher& fisher, const Source& source);
    void finishAnalysis(const Fisher& fisher, const Source& source);
    void showStale();
    /// Measures the inputs once the recipe needs them, also where nobody analysed.
    void followInputs();
    /// Finds the factors of a recipe's transforms, and measures what it costs to quantize the
    /// values that they scale.
    void followTransforms();
    void startFit(const FitSettings& budget, const QString& measuringText);
    void receiveFit(const FitResult& result, const FrontQuestionPointer& question);
    void setFront(const std::vector<FitPoint>& front);
    /// The front holds only for what it was found with.
    void dropStaleFront();
    void receiveEvaluation(const RecipeEvaluation& evaluation);
    void evaluateSoon();

    Session& m_session;
    Measurements& m_measurements;
    AnalysisSettings m_settings;
    // Nothing is written in the place of the texts chosen, bundled or not, nor in that of the one
    // that the last fit measured recipes on.
    std::vector<std::unique_ptr<FileInUse>> m_textsInUse;
    std::unique_ptr<FileInUse> m_measuringText;
    std::optional<RecipeEvaluation> m_evaluation;
    std::function<void()> m_fitAfterwards;
    std::vector<FitPoint> m_front;
    Recipe m_frontBasis; ///< fitBasis
    FrontQuestionPointer m_frontQuestion;
    QString m_method;
    Source m_source;
    bool m_inputsKnown = false;
    bool m_inputsAsked = false; ///< known, or being measured
    /// Transforms whose factors are known or being found, and whether what it costs to quantize
    /// scaled values is, too.
    std::pair<std::vector<TransformStep>, bool> m_transformsAsked;
    QTimer m_evaluationPause;
};

} // namespace bitloom
