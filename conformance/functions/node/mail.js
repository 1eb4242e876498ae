// What the handlers of this folder share: mail by SMTP.
const nodemailer = require("nodemailer");

const transport = nodemailer.createTransport({ host: process.env.SMTP_HOST, port: Number(process.env.SMTP_PORT) });

exports.send = (to, subject, text) => transport.sendMail({ from: "hello@example.org", to, subject, text });
