// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDeadlineTimer>
#include <QFrame>
#include <QList>
#include <QTimer>

#include <functional>

class QLabel;
class QToolButton;
class QPushButton;

namespace bitloom {

class ElidedLabel;

/// Sentences for the user in one line that is always reserved: a message neither covers nor moves
/// anything. What does not fit is told in full by a click or a tool tip. The newest is shown;
/// dismissing it shows the one before. Infos leave by themselves when their time is over, seen or
/// behind others; warnings and errors stay, and an error leaves with the success that answers it.
/// A question stays until it is answered, and the next one waits; only warnings and errors newer
/// than it are shown before it. Each is announced to screen readers.
class MessageBar : public QFrame {
    Q_OBJECT

public:
    enum Kind { Info, Warning, Error, Question };
    Q_ENUM(Kind)

    explicit MessageBar(QWidget* parent = nullptr);

    /// Optionally with one button ("Undo") that does something and dismisses, and with what the
    /// sentence is about (an operation, a document). The same sentence twice is kept once.
    void post(Kind kind, const QString& sentence, const QString& actionText = {},
              std::function<void()> action = {}, const QString& about = {});
    /// How long infos stay; ten seconds where this is not called.
    void setInfosStay(int milliseconds) { m_infosStay = milliseconds; }
    /// The sentence shown; empty when none.
    QString text() const;
    int count() const { return static_cast<int>(m_messages.size()); }

    /// Removes the one shown: for a question, the answer that changes nothing.
    void dismiss();
    void clear();
    /// What failed has succeeded: its errors go.
    void resolve(const QString& about);
    /// A document is gone, and so is what was about it or an operation on it; questions about
    /// something else stay.
    void forgetDocument(const QString& about);
    /// Brings the keys to what can be done about the message.
    void focusMessage();

    QSize minimumSizeHint() const override;

signals:
    void posted(int kind, const QString& sentence);
    void changed();

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Message {
        Kind kind;
        QString sentence;
        QString actionText;
        std::function<void()> action;
        QString about;
        QDeadlineTimer leaves; ///< an info, by itself
    };
    void build();
    /// The index of the message shown, which there is.
    qsizetype shown() const;
    /// Removes the infos whose time is over, and waits for the next.
    void dropOld();
    void drop(const std::function<bool(const Message&)>& which);
    void act();
    void showTop();
    void showMore();
    void showAll();
    void announce();
    QColor accent() const;

    QList<Message> m_messages;
    int m_infosStay = 10000;
    QTimer m_leave; ///< until the first info leaves
    QLabel* m_icon = nullptr;
    ElidedLabel* m_text = nullptr;
    QToolButton* m_more = nullptr;
    QPushButton* m_action = nullptr;
    QToolButton* m_close = nullptr;
};

} // namespace bitloom
