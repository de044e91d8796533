// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace bitloom {

/// How the next token is drawn.
struct SamplingSettings {
    double temperature = 0; ///< 0: greedy
    int topK = 0;           ///< 0: off
    double topP = 1;
    quint64 seed = 1;
    int tokens = 100;
};

/// Two texts from the same prompt and seed, side by side, as they come; the first token in which
/// they differ is marked by background and underline.
class ComparePane : public QWidget {
    Q_OBJECT

public:
    explicit ComparePane(QWidget* parent = nullptr);

    QString prompt() const;
    void setPrompt(const QString& text);
    SamplingSettings sampling() const;
    void setSampling(const SamplingSettings& settings);

    /// Running: the button stops. Otherwise it runs.
    void setRunning(bool running);
    bool isRunning() const { return m_running; }
    /// Whether it can run at all; `why` is said when not.
    void setRunEnabled(bool enabled, const QString& why = {});

    void clearTexts();
    /// A piece is what one token added: whole characters.
    void appendOriginal(const QString& piece);
    void appendQuantized(const QString& piece);
    QString originalText() const;
    QString quantizedText() const;
    /// Position of the first differing character, -1 while one text begins with the other.
    int firstDifference() const { return static_cast<int>(m_difference); }

    /// The line above the texts: figures, and the text and token count they come from.
    void setNumbers(const QString& text);
    /// "Vulkan: llvmpipe".
    void setEngine(const QString& text);

signals:
    void runRequested();
    void stopRequested();
    void samplingChanged();

private:
    /// One of the two texts and where its tokens begin.
    struct Side {
        QPlainTextEdit* view = nullptr;
        QString text;
        QList<qsizetype> starts;
    };

    QWidget* buildPromptRow();
    QWidget* buildSampling();
    QWidget* buildTexts();
    QPlainTextEdit* textView(const QString& name, const QString& label);
    void append(Side& side, const QString& piece);
    void findDifference(qsizetype from);
    void mark(const Side& side) const;
    void showState();

    QLineEdit* m_prompt = nullptr;
    QPushButton* m_run = nullptr;
    QLabel* m_numbers = nullptr;
    QLabel* m_engine = nullptr;
    QLabel* m_state = nullptr;
    QDoubleSpinBox* m_temperature = nullptr;
    QSpinBox* m_topK = nullptr;
    QDoubleSpinBox* m_topP = nullptr;
    QSpinBox* m_seed = nullptr;
    QSpinBox* m_tokens = nullptr;
    Side m_original;
    Side m_quantized;
    qsizetype m_difference = -1;
    bool m_running = false;
    bool m_enabled = true;
};

} // namespace bitloom
